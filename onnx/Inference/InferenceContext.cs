using UnetSpikes.Core;

namespace UnetSpikes.Onnx.Inference;

/// <summary>Gives the shape of the first output from the inputs (null: not even its rank can be told); further outputs through <see cref="InferenceContext.Set"/>.</summary>
/// <remarks>Called when every given input's rank is known, unless the operator says it takes unknown ranks.</remarks>
internal delegate Shape? Rule(InferenceContext n);

/// <summary>One node as an inference rule sees it.</summary>
internal sealed class InferenceContext(Node node)
{
    /// <summary>More axes than any operator is given; a file that asks for more is wrong.</summary>
    private const long MaxRank = 64;

    public Node Node => node;

    /// <summary>Shape of the first input.</summary>
    public Shape X => ShapeOf(0);

    public int Outputs => node.Outputs.Count;

    public int Inputs => node.Inputs.Count;

    public bool Has(int input) => node.OptionalInput(input) is not null;

    public Shape ShapeOf(int input) => node.Input(input).KnownShape;

    /// <summary>Sets what the first output's return value and signature do not.</summary>
    public void Set(int output, Shape? shape, ElementType? type = null)
    {
        node.Outputs[output].Shape = shape;
        node.Outputs[output].Type = type ?? node.Outputs[output].Type;
    }

    /// <summary>What is known of the integers in a small input, entry by entry; null where nothing is, or the input is not given.</summary>
    public ShapeEntry[]? Contents(int input) => node.OptionalInput(input)?.Contents;

    /// <summary>The integers of a small input where all of them are known.</summary>
    public long[]? Ints(int input) =>
        Contents(input) is { } entries && Array.TrueForAll(entries, e => e.Number is not null) ? Array.ConvertAll(entries, e => e.Number!.Value) : null;

    /// <summary>The length of a 1-D input, where known.</summary>
    public long? LengthOf(int input)
    {
        Shape? shape = node.Input(input).Shape;
        if (shape is null)
        {
            return null;
        }

        return shape.Rank == 1 ? shape[0].Size : throw Fail($"input {input} has {shape.Rank} axes, expected 1");
    }

    /// <summary>A shape of which only the number of axes is known.</summary>
    public Shape UnknownOf(long rank) =>
        rank is >= 0 and <= MaxRank ? new([.. Enumerable.Repeat(Dim.Unknown, (int)rank)]) : throw Fail($"the output would have {rank} axes");

    public GraphException Fail(string problem) => new(node.Name, node.OpType, problem);

    public void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw Fail(problem);
        }
    }

    /// <summary>The attribute <c>axis</c>, counted from the front.</summary>
    public int AxisAttribute(long fallback, int rank) => Axis(node.Attributes.Int("axis", fallback), rank);

    /// <summary>An axis counted from the front, checked.</summary>
    public int Axis(long axis, int rank) =>
        axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis) : throw Fail($"axis {axis} does not exist: the input has {rank} axes");

    /// <summary>Axes counted from the front, each at most once.</summary>
    public int[] Axes(long[] axes, int rank)
    {
        int[] front = Array.ConvertAll(axes, a => Axis(a, rank));
        return front.Distinct().Count() == front.Length ? front : throw Fail($"an axis is named twice in [{string.Join(", ", axes)}]");
    }

    /// <summary>Two axes that must be the same size; the better known of the two.</summary>
    public Dim Same(Dim a, Dim b, string what)
    {
        if (a.Size is { } sizeA && b.Size is { } sizeB && sizeA != sizeB)
        {
            throw Fail($"{what} differ: {sizeA} and {sizeB}");
        }

        return a.Size is not null ? a : b.Size is not null || a.Symbol is null ? b : a;
    }

    /// <summary>numpy's broadcasting of shapes.</summary>
    public Shape Broadcast(Shape a, Shape b)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        var dims = new Dim[rank];
        for (int i = 1; i <= rank; i++)
        {
            Dim x = i <= a.Rank ? a[^i] : 1;
            Dim y = i <= b.Rank ? b[^i] : 1;
            dims[^i] = Broadcast(x, y) ?? throw Fail($"shapes {a} and {b} cannot be broadcast together");
        }

        return new Shape(dims);
    }

    /// <summary>Checks that <paramref name="small"/> broadcasts to <paramref name="to"/> without changing it.</summary>
    public void CheckBroadcastsTo(Shape small, Shape to, string what)
    {
        bool fits = small.Rank <= to.Rank;
        for (int i = 1; fits && i <= small.Rank; i++)
        {
            fits = small[^i].Size is null or 1 || to[^i].Size is null || small[^i] == to[^i];
        }

        Require(fits, $"{what} {small} does not broadcast to {to}");
    }

    /// <summary>Two axes against each other; null where they cannot be.</summary>
    private static Dim? Broadcast(Dim x, Dim y) => (x.Size, y.Size) switch
    {
        (1, _) => y,
        (_, 1) => x,
        ({ } a, { } b) => a == b ? x : (Dim?)null,
        ({ }, _) => x,
        (_, { }) => y,
        _ => x == y ? x : Dim.Unknown,
    };
}
