namespace UnetSpikes.Onnx.Inference;

/// <summary>Operators whose numbers come from attributes, from a shape, or from chance.</summary>
internal static class Generators
{
    public static IEnumerable<Operator> Table { get; } =
    [
        new("Constant", "", "X", Types.Any, Constant, "value:tensor", "value_float:float", "value_floats:floats", "value_int:int", "value_ints:ints"),
        new("ConstantOfShape", "L", "X", Types.Any, ConstantOfShape, "value:tensor") { TakesUnknownRank = true },
        new("Range", "T T T", "T", Types.Wide, Range),
        new("RandomUniformLike", "A", "X", Types.Any, RandomLike, "dtype:int", "high:float", "low:float", "seed:float") { TakesUnknownRank = true },
    ];

    /// <summary>A type given as the number <c>TensorProto.DataType</c> has for it.</summary>
    public static ElementType TypeAttribute(InferenceContext n, string attribute, ElementType fallback)
    {
        long number = n.Node.Attributes.Int(attribute, (long)fallback);
        var type = (ElementType)Math.Clamp(number, 0, int.MaxValue);
        return Array.IndexOf(Types.Any, type) >= 0 ? type : throw n.Fail($"attribute '{attribute}' names the element type {number}, which is not supported");
    }

    /// <summary>The numbers of a Constant node; null where the node is wrong.</summary>
    public static Tensor? ConstantOf(InferenceContext n) => n.Node.Attributes.Select(a => a.Value).ToArray() switch
    {
        [Tensor tensor] => tensor,
        [float number] => Tensor.Of(new[] { number }),
        [float[] numbers] => Tensor.Of(numbers, numbers.LongLength),
        [long number] => Tensor.Of(new[] { number }),
        [long[] numbers] => Tensor.Ints(numbers),
        _ => null,
    };

    private static Shape Constant(InferenceContext n)
    {
        Tensor tensor = ConstantOf(n) ?? throw n.Fail("exactly one of the value attributes must be given");
        var shape = Shape.Of(tensor.Dims);
        n.Set(0, shape, tensor.Type);
        return shape;
    }

    private static Shape? ConstantOfShape(InferenceContext n)
    {
        object? value = n.Node.Attributes.Select(a => a.Value).FirstOrDefault();
        n.Require(value is null or Tensor { Count: 1 }, "the value must be one number");
        Shape? shape = n.Contents(0) is { } dims ? new Shape([.. dims.Select(e => Checked(n, e).ToDim())])
            : n.LengthOf(0) is { } rank ? n.UnknownOf(rank) : null;
        n.Set(0, shape, value is Tensor tensor ? tensor.Type : ElementType.Float);
        return shape;
    }

    private static ShapeEntry Checked(InferenceContext n, ShapeEntry entry) => entry.Number is null or >= 0 ? entry : throw n.Fail($"a size of {entry.Number} was asked for");

    private static Shape Range(InferenceContext n)
    {
        for (int i = 0; i < 3; i++)
        {
            n.Require(n.ShapeOf(i).Rank == 0, $"input {i} must be a scalar");
        }

        double?[] limits = [.. Enumerable.Range(0, 3).Select(i => Number(n.Node.Input(i)))];
        n.Require(limits[2] != 0, "the step is 0");
        return new Shape(limits is [{ } start, { } end, { } step] ? (long)Math.Max(0, Math.Ceiling((end - start) / step)) : Dim.Unknown);
    }

    private static double? Number(Value v) => v.Constant?.Data switch
    {
        long[] data => data[0],
        int[] data => data[0],
        float[] data => data[0],
        double[] data => data[0],
        _ => v.Contents is [{ Number: { } number }] ? number : null,
    };

    private static Shape? RandomLike(InferenceContext n)
    {
        Shape? shape = n.Node.Input(0).Shape;
        ElementType type = TypeAttribute(n, "dtype", n.Node.Input(0).Type);
        n.Require(Array.IndexOf(Types.Floats, type) >= 0, $"random numbers are floating point, not {type}");
        n.Set(0, shape, type);
        return shape;
    }
}
