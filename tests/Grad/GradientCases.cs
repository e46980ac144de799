using UnetSpikes.Onnx;

namespace UnetSpikes.Tests.Grad;

/// <summary>The cases of the gradient check: several per operator. An operator with a rule and no case here fails the test.</summary>
public static partial class GradientCases
{
    public static IReadOnlyList<GradientCase> All { get; } = [.. Elementwise(), .. Activations(), .. Linear(), .. Convolutions(), .. Layout(), .. Reductions(), .. Normalizations()];

    private static IEnumerable<GradientCase> Elementwise()
    {
        foreach (string op in (string[])["Add", "Sub", "Mul"])
        {
            yield return Case(op, "same shape", [Normal(2, 3), Normal(2, 3)]);
            yield return Case(op, "row and column", [Normal(3, 1), Normal(1, 4)]);
            yield return Case(op, "missing axes", [Normal(4), Normal(2, 3, 4)]);
            yield return Case(op, "scalar", [Normal(2, 3), Normal()]);
            yield return Case(op, "scalars", [Normal(), Normal()]);
            yield return Case(op, "no elements", [Normal(0, 3), Normal(3)]);
        }

        yield return Case("Div", "same shape", [Normal(2, 3), Positive(2, 3)]);
        yield return Case("Div", "by a column", [Normal(2, 3), Positive(2, 1)]);
        yield return Case("Div", "of a scalar", [Normal(), Positive(5)]);
        foreach (string op in (string[])["Identity", "Neg", "Exp", "Floor", "Ceil", "Round", "Sign", "Abs", "Reciprocal"])
        {
            yield return Case(op, "vector", [AwayFromKinks(7)]);
            yield return Case(op, "scalar", [AwayFromKinks()]);
            yield return Case(op, "no elements", [AwayFromKinks(2, 0)]);
        }

        yield return Case("Log", "matrix", [Positive(2, 3)]);
        yield return Case("Sqrt", "matrix", [Positive(2, 3)]);
        yield return Case("Cast", "to single precision and on", [Normal(2, 3)], new() { { "to", (long)ElementType.Float } });
        yield return Case("Cast", "to the same", [Normal(2, 3)], new() { { "to", (long)ElementType.Double } });
        yield return Case("Cast", "to integers", [AwayFromKinks(2, 3)], new() { { "to", (long)ElementType.Int64 } });
        yield return Case("Pow", "both", [Positive(2, 3), Normal(2, 3)]);
        yield return Case("Pow", "broadcast exponent", [Positive(2, 3), Normal(3)]);
        yield return Case("Pow", "square", [AwayFromKinks(5), Tensor.Scalar(ElementType.Double, 2)]);
        yield return Case("Pow", "cube by an integer", [AwayFromKinks(5), Tensor.Ints(3)]);
        yield return Case("RandomUniformLike", "seeded", [Normal(4)], new() { { "seed", 3.0 } });

        foreach (string op in (string[])["Min", "Max"])
        {
            yield return Case(op, "two", [Normal(2, 5), Normal(2, 5)]);
            yield return Case(op, "three, broadcast", [Normal(2, 1), Normal(5), Normal(2, 5)]);
            yield return Case(op, "one", [Normal(3)]);
        }

        yield return Case("Clip", "both limits", [AwayFromKinks(9), Tensor.Scalar(ElementType.Double, -0.75), Tensor.Scalar(ElementType.Double, 0.75)]);
        yield return Case("Clip", "lower limit", [AwayFromKinks(9), Tensor.Scalar(ElementType.Double, 0)]);
        yield return Case("Clip", "upper limit", [AwayFromKinks(9), null, Tensor.Scalar(ElementType.Double, 0)]);
        yield return Case("Clip", "variable limits", [Normal(20), new([], _ => -0.3), new([], _ => 0.4)]);
        Tensor condition = Tensor.Of(new[] { true, false, false }, 3);
        yield return Case("Where", "same shape", [condition, Normal(3), Normal(3)]);
        yield return Case("Where", "all broadcast", [condition, Normal(2, 1), Normal()]);
    }

    private static IEnumerable<GradientCase> Activations()
    {
        foreach (string op in (string[])["Relu", "LeakyRelu", "Sigmoid", "Tanh", "Softplus", "Erf", "Gelu"])
        {
            yield return Case(op, "matrix", [AwayFromKinks(3, 4)]);
            yield return Case(op, "scalar", [AwayFromKinks()]);
        }

        yield return Case("Gelu", "Microsoft's", [Normal(6)], domain: Graph.MicrosoftDomain);
        yield return Case("Gelu", "by tanh", [Normal(6)], new() { { "approximate", "tanh" } });
        yield return Case("LeakyRelu", "steeper below", [AwayFromKinks(8)], new() { { "alpha", 1.5 } });
        yield return Case("HardSigmoid", "default", [new([6], r => (r.NextDouble() * 4) - 2)]);
        yield return Case("HardSigmoid", "both ends reached", [new([9], r => r.Next(3) - 1 + (r.NextDouble() * 0.3))], new() { { "alpha", 1.6 }, { "beta", 0.2 } });
        foreach (string op in (string[])["Softmax", "LogSoftmax"])
        {
            yield return Case(op, "last axis", [Normal(2, 3, 4)]);
            yield return Case(op, "middle axis", [Normal(2, 3, 4)], new() { { "axis", 1 } });
            yield return Case(op, "vector", [Normal(5)], new() { { "axis", 0 } });
        }
    }

    private static IEnumerable<GradientCase> Linear()
    {
        yield return Case("MatMul", "matrices", [Normal(2, 3), Normal(3, 4)]);
        yield return Case("MatMul", "batches", [Normal(2, 5, 2, 3), Normal(2, 5, 3, 4)]);
        yield return Case("MatMul", "one weight for a batch", [Normal(2, 5, 3), Normal(3, 4)]);
        yield return Case("MatMul", "one left for a batch", [Normal(5, 3), Normal(2, 3, 4)]);
        yield return Case("MatMul", "batches broadcast", [Normal(2, 1, 2, 3), Normal(5, 3, 4)]);
        yield return Case("MatMul", "vectors", [Normal(3), Normal(3)]);
        yield return Case("MatMul", "row by batch", [Normal(3), Normal(2, 3, 4)]);
        yield return Case("MatMul", "batch by column", [Normal(2, 4, 3), Normal(3)]);
        yield return Case("MatMul", "matrix by column", [Normal(4, 3), Normal(3)]);
        yield return Case("MatMul", "no rows", [Normal(0, 3), Normal(3, 4)]);
        foreach ((bool a, bool b) in ((bool, bool)[])[(false, false), (false, true), (true, false), (true, true)])
        {
            Attributes Flags() => new() { { "transA", a }, { "transB", b }, { "alpha", 0.5 } };
            GradientInput left = a ? Normal(3, 2) : Normal(2, 3), right = b ? Normal(4, 3) : Normal(3, 4);
            yield return Case("Gemm", $"transA {a}, transB {b}", [left, right, Normal(4)], new() { { "transA", a }, { "transB", b }, { "alpha", 0.5 }, { "beta", 2.0 } });
            yield return Case("FusedMatMul", $"matrices, transA {a}, transB {b}", [left, right], Flags(), Graph.MicrosoftDomain);
            GradientInput batch = a ? Normal(2, 3, 2) : Normal(2, 2, 3), batchRight = b ? Normal(2, 4, 3) : Normal(2, 3, 4);
            yield return Case("FusedMatMul", $"batches, transA {a}, transB {b}", [batch, batchRight], Flags(), Graph.MicrosoftDomain);
            yield return Case("FusedMatMul", $"one weight for a batch, transA {a}, transB {b}", [batch, right], Flags(), Graph.MicrosoftDomain);
            yield return Case("FusedMatMul", $"one left for a batch, transA {a}, transB {b}", [left, batchRight], Flags(), Graph.MicrosoftDomain);
        }

        yield return Case("Gemm", "no C", [Normal(2, 3), Normal(3, 4)]);
        yield return Case("Gemm", "full C", [Normal(2, 3), Normal(3, 4), Normal(2, 4)]);
        yield return Case("Gemm", "column C", [Normal(2, 3), Normal(3, 4), Normal(2, 1)]);
    }

    private static IEnumerable<GradientCase> Reductions()
    {
        yield return Case("ReduceSum", "all", [Normal(2, 3)]);
        yield return Case("ReduceSum", "middle axis dropped", [Normal(2, 3, 4), Tensor.Ints(1)], new() { { "keepdims", 0 } });
        yield return Case("ReduceSum", "outer axes, from the end", [Normal(2, 3, 4), Tensor.Ints(-1, 0)], new() { { "keepdims", 0 } });
        yield return Case("ReduceSum", "no axes: nothing to do", [Normal(2, 3), Tensor.Ints()], new() { { "noop_with_empty_axes", 1 } });
        yield return Case("ReduceSum", "scalar", [Normal()]);
        yield return Case("ReduceSum", "no elements", [Normal(2, 0, 3), Tensor.Ints(1)]);
        foreach (string op in (string[])["ReduceMean", "ReduceSumSquare", "ReduceL2", "ReduceMax", "ReduceMin"])
        {
            yield return Case(op, "all", [Normal(2, 3)], new() { { "keepdims", 0 } });
            yield return Case(op, "one axis kept", [Normal(2, 3, 4)], new() { { "axes", (long[])[1] } });
            yield return Case(op, "two axes dropped", [Normal(2, 3, 4)], new() { { "axes", (long[])[0, -1] }, { "keepdims", 0 } });
            yield return Case(op, "scalar", [Normal()]);
        }
    }

    private static IEnumerable<GradientCase> Normalizations()
    {
        yield return Case("InstanceNormalization", "one trial", [Normal(1, 3, 6), Normal(3), Normal(3)]);
        yield return Case("InstanceNormalization", "trials", [Normal(2, 3, 6), Normal(3), Normal(3)]);
        yield return Case("InstanceNormalization", "two spatial axes", [Normal(1, 3, 4, 2), Normal(3), Normal(3)], new() { { "epsilon", 0.01 } });
        yield return Case("InstanceNormalization", "three spatial axes", [Normal(2, 2, 2, 3, 2), Normal(2), Normal(2)]);
        yield return Case("LayerNormalization", "last axis", [Normal(2, 3, 5), Normal(5), Normal(5)]);
        yield return Case("LayerNormalization", "no bias", [Normal(2, 5), Normal(5)], new() { { "epsilon", 0.01 } });
        yield return Case("LayerNormalization", "two axes", [Normal(2, 3, 4), Normal(3, 4), Normal(3, 4)], new() { { "axis", 1 } });
        yield return Case("LayerNormalization", "broadcast scale", [Normal(2, 3, 4), Normal(4), Normal(1)], new() { { "axis", 1 } });
        yield return Case("BatchNormalization", "matrix", [Normal(4, 3), Normal(3), Normal(3), Normal(3), Positive(3)]);
        yield return Case("BatchNormalization", "volumes", [Normal(2, 3, 2, 2), Normal(3), Normal(3), Normal(3), Positive(3)]);
    }

    private static GradientCase Case(string op, string name, GradientInput?[] inputs, Attributes? attributes = null, string domain = "", int outputs = 1) =>
        new(op, name, inputs, attributes ?? Attributes.None, domain, outputs);

    private static GradientInput Normal(params long[] dims) => new(dims, Gaussian);

    private static GradientInput Positive(params long[] dims) => new(dims, r => 0.5 + (1.5 * r.NextDouble()));

    // |x| between 0.1 and 0.4 or between 0.6 and 1.4: no difference quotient straddles a kink at 0, ±½ (Round) or ±¾ … of the cases above.
    private static GradientInput AwayFromKinks(params long[] dims) => new(dims, r => (r.Next(2) == 0 ? -1 : 1) * (0.1 + (0.3 * r.NextDouble())) * (r.Next(2) == 0 ? 1 : 2.1));

    private static double Gaussian(Random r) => Math.Sqrt(-2 * Math.Log(1 - r.NextDouble())) * Math.Cos(2 * Math.PI * r.NextDouble());
}
