namespace UnetSpikes.Onnx.Inference;

/// <summary>Control flow: a choice between two graphs that see the values of the graph around them.</summary>
internal static class Control
{
    public static IEnumerable<Operator> Table { get; } =
    [
        new("If", "B", "X+", Types.Any, If, "then_branch:graph!", "else_branch:graph!") { TakesUnknownRank = true },
    ];

    private static Shape? If(InferenceContext n)
    {
        n.Require(n.Node.Input(0).Shape is null or [] or [{ Size: null or 1 }], "the condition must be one Bool");
        Graph then = Branch(n, "then_branch");
        Graph otherwise = Branch(n, "else_branch");
        for (int i = 0; i < n.Outputs; i++)
        {
            Value a = then.Outputs[i];
            Value b = otherwise.Outputs[i];
            n.Require(a.Type == b.Type, $"output {i} is {a.Type} in one branch and {b.Type} in the other");
            n.Set(i, Common(a.Shape, b.Shape), a.Type);
        }

        return n.Node.Outputs[0].Shape;
    }

    private static Graph Branch(InferenceContext n, string name)
    {
        Graph branch = n.Node.Attributes.Branch(name)!;
        n.Require(branch.Inputs.Count == 0, $"{name} has inputs; a branch sees the values around it instead");
        n.Require(branch.Outputs.Count == n.Outputs, $"{name} has {branch.Outputs.Count} outputs, expected {n.Outputs}");
        return branch;
    }

    /// <summary>What holds in both branches.</summary>
    private static Shape? Common(Shape? a, Shape? b) =>
        a is null || b is null || a.Rank != b.Rank ? null : new Shape([.. a.Zip(b, (x, y) => x == y ? x : Dim.Unknown)]);
}
