using UnetSpikes.Core;
using UnetSpikes.Onnx;

namespace UnetSpikes.Tests.Onnx;

/// <summary>Graphs for the tests of files, validation and passes.</summary>
internal static class SampleGraphs
{
    /// <summary>A small model with everything a file can hold: symbols, every kind of attribute and constant, left-out inputs, branches.</summary>
    public static Graph Everything()
    {
        var g = new Graph("everything");
        g.Metadata["bin_width_ms"] = "5";
        g.Metadata["units"] = "µ, \"quoted\"";
        Value x = g.AddInput("x", ElementType.Float, new Shape("batch", "bins", 4));
        using (g.Scope("encoder"))
        {
            x = g.MatMul(x, g.AddInitializer(Tensor.Of(new float[] { 1, -2, 3.5f, float.Epsilon, 5, 6, 7, float.NaN }, 4, 2), "weight"));
            x = g.Add("Clip", [x, null, g.AddInitializer(Tensor.Scalar(ElementType.Float, 6))]);
            x = g.HardSigmoid(x, 0.1, 0.5);
        }

        Node norm = g.AddNode(
            "LayerNormalization", [x, g.AddInitializer(Tensor.Fill(ElementType.Float, 1, 2))], 3, new() { { "axis", -1 } }, outputNames: ["normal", "", "spread"]);
        Value fused = g.FusedMatMul(norm.Output, norm.Output, transB: true, alpha: 0.5);
        Value isLarge = g.Less(g.Gather(g.ShapeOf(fused), g.AddInitializer(Tensor.Of(new long[1]))), g.AddInitializer(Tensor.Of(new long[] { 8 })));
        Value y = g.If(
            isLarge,
            then => [then.Add(fused, 1.0)],
            otherwise => [otherwise.If(isLarge, deeper => [deeper.Exp(fused)], deeper => [deeper.Neg(fused)])[0]])[0];
        g.AddOutput(y, "y");
        g.AddOutput(g.Add("Constant", [], new() { { "value", Tensor.Of(new double[] { 1, 2 }, 2) } }), "c");
        g.AddOutput(g.Add("Constant", [], new() { { "value_floats", new[] { 0.5f, -0.0f } } }), "d");
        g.AddOutput(g.Pad(g.Cast(norm.Outputs[2], ElementType.Double), 0, 0, 0, 0, 1, 0), "e");
        return g;
    }

    /// <summary>One constant of every type, scalars and empty ones among them.</summary>
    public static Graph EveryType()
    {
        var g = new Graph("types");
        Array[] data =
        [
            new[] { 1.5f, float.NegativeInfinity }, new[] { Math.PI, double.NaN }, new[] { long.MinValue, 1 }, new[] { int.MaxValue, -1 }, new[] { true, false },
            new[] { (byte)255, (byte)1 }, new[] { (sbyte)-128, (sbyte)1 }, new[] { (Half)0.1, Half.MaxValue },
        ];
        foreach (Array array in data)
        {
            g.AddOutput(g.Add("Identity", [g.AddInitializer(Tensor.Of(array, 2, 1))]), $"y{g.Outputs.Count}");
        }

        g.AddOutput(g.Add("Identity", [g.AddInitializer(Tensor.Of(Array.Empty<float>(), 0, 3))]), "empty");
        g.AddOutput(g.Add("Identity", [g.AddInitializer(Tensor.Scalar(ElementType.Double, -2))]), "scalar");
        return g;
    }

    /// <summary>A random graph of well-typed nodes; the same seed, the same graph.</summary>
    public static Graph Random(int seed, int nodes)
    {
        var rng = new Rng((ulong)seed, "graph");
        var g = new Graph($"random {seed}");
        List<Value> pool = [g.AddInput("x", ElementType.Float, new Shape("batch", 3, 4)), g.AddInput("z", ElementType.Float, new Shape(3, 4))];
        for (int i = 0; i < nodes; i++)
        {
            Value a = Pick(pool);
            Value b = Pick(pool);
            pool.Add(rng.NextInt(8) switch
            {
                0 => g.Add(a, b),
                1 => g.Mul(a, rng.NextInt(3)),
                2 => g.MatMul(a, g.AddInitializer(Tensor.Fill(ElementType.Float, 0.1, a.KnownShape[^1].Size!.Value, 4))),
                3 => g.HardSigmoid(a, rng.NextInt(5) * 0.3, 0),
                4 => g.ReduceMean(a, true, -1),
                5 => g.Where(g.Less(a, b), a, b),
                6 => g.Slice(g.Split(g.Concat(-2, a, a), -2, 5, 1)[0], -2, 0, 3),
                _ => g.Max(a, b, g.Scalar(a, 0)),
            });
        }

        g.AddOutput(pool[^1], "y");
        g.AddOutput(Pick(pool), "second");
        return g;

        Value Pick(List<Value> from) => from[rng.NextInt(from.Count)];
    }
}
