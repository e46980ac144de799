using System.Collections.Frozen;
using UnetSpikes.Core;

namespace UnetSpikes.Onnx.Passes;

/// <summary>Lets products and convolutions, and what stands between them, compute in float16, their constants rounded once.</summary>
/// <remarks>
/// Products and convolutions are where the work is, and they lose least. Sums, ReLU and what only moves numbers are in float16 where all they are given
/// is; everything else stays in float32, since float16 has 11 bits and no number above 65 504: squares, variances, exponentials, divisions.
/// Values are cast where nodes of the two kinds meet, a value once.
/// </remarks>
public static class HalfPrecision
{
    private static readonly FrozenSet<string> Products = FrozenSet.Create("Conv", "ConvTranspose", "Gemm", "MatMul");

    private static readonly FrozenSet<string> Followers = FrozenSet.Create(
        "Add", "Relu", "Neg", "Concat", "Split", "Slice", "Pad", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Expand", "Gather", "Identity");

    /// <summary>Converts. To be called before outputs are declared: what becomes one is for the caller to cast.</summary>
    /// <param name="graph">Changed in place; run <see cref="DeadCode"/> afterwards. Its inputs stay float32.</param>
    /// <param name="keepsSingle">Further nodes that stay in float32.</param>
    /// <exception cref="GraphException">Outputs are declared, or the branches of an If would give other types.</exception>
    public static void Apply(Graph graph, Predicate<Node> keepsSingle)
    {
        if (graph.Outputs.Count > 0)
        {
            throw new GraphException(graph.Outputs[0].Name, "", "is an output, and would become float16 under its name");
        }

        Convert(graph, keepsSingle, []);
    }

    private static void Convert(Graph graph, Predicate<Node> keepsSingle, Dictionary<Value, Value> cast)
    {
        foreach (Node node in graph.TakeNodes())
        {
            if (node.Branches.Any())
            {
                ConvertBranches(node, keepsSingle, cast);
            }
            else if (node.OpType != "Cast")
            {
                ConvertNode(node, !keepsSingle(node) && IsHalf(node) ? ElementType.Float16 : ElementType.Float, cast);
            }

            // Behind the casts of its inputs, which were added to the graph just now.
            graph.Append(node);
        }
    }

    private static bool IsHalf(Node node) => Products.Contains(node.OpType) || (Followers.Contains(node.OpType)
        && node.Inputs.Any(v => v?.Type == ElementType.Float16) && node.Inputs.All(v => v is not { Type: ElementType.Float, Constant: null }));

    private static void ConvertBranches(Node node, Predicate<Node> keepsSingle, Dictionary<Value, Value> cast)
    {
        Graph[] branches = [.. node.Branches];
        foreach (Graph branch in branches)
        {
            Convert(branch, keepsSingle, cast);
        }

        for (int i = 0; i < node.Outputs.Count; i++)
        {
            node.Outputs[i].Type = branches[0].Outputs[i].Type;
            if (Array.Exists(branches, branch => branch.Outputs[i].Type != node.Outputs[i].Type))
            {
                throw new GraphException(node.Name, node.OpType, $"the branches would give output '{node.Outputs[i].Name}' in two types");
            }
        }
    }

    private static void ConvertNode(Node node, ElementType type, Dictionary<Value, Value> cast)
    {
        bool isFloat = false;
        for (int i = 0; i < node.Inputs.Count; i++)
        {
            if (node.Inputs[i] is { Type: ElementType.Float or ElementType.Float16 } input)
            {
                isFloat = true;
                node.ReplaceInput(i, As(type, input, cast));
            }
        }

        // A node without such an input (a constant of a shape) says itself what it gives.
        foreach (Value output in node.Outputs.Where(output => isFloat && output.Type == ElementType.Float))
        {
            output.Type = type;
        }
    }

    /// <summary>The value in a type: in its own graph, so that a value of the graph around is cast once and not in every branch.</summary>
    private static Value As(ElementType type, Value value, Dictionary<Value, Value> cast)
    {
        if (value.Type == type)
        {
            return value;
        }

        if (!cast.TryGetValue(value, out Value? other))
        {
            other = value.Constant?.Data is float[] numbers
                ? value.Owner.AddInitializer(Tensor.Of(Array.ConvertAll(numbers, v => (Half)v), value.Constant.Dims), value.Name)
                : value.Owner.Cast(value, type);
            cast.Add(value, other);
        }

        return other;
    }
}
