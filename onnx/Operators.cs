using System.Collections.Frozen;
using UnetSpikes.Core;
using UnetSpikes.Onnx.Inference;

namespace UnetSpikes.Onnx;

/// <summary>What the IR knows of each operator: its arity and how types and shapes of its outputs follow from its inputs.</summary>
/// <remarks>The table is in families under <c>Inference/</c>; to add an operator is to add a line there, and a case to its test.</remarks>
public static class Operators
{
    /// <summary>The oldest default-domain opset whose meaning the table has.</summary>
    public const int OldestOpset = 13;

    /// <summary>The newest default-domain opset whose meaning the table has.</summary>
    public const int NewestOpset = 20;

    /// <summary>Every operator; one that changed its signature is there once per signature.</summary>
    public static IReadOnlyList<Operator> All { get; } =
    [
        .. Elementwise.Table, .. Comparison.Table, .. Linear.Table, .. Convolution.Table, .. Reductions.Table,
        .. Normalization.Table, .. Layout.Table, .. Indexing.Table, .. Generators.Table, .. Control.Table,
    ];

    // After All: static initialisers run in textual order.
    private static readonly FrozenDictionary<(string Domain, string Name), Operator[]> ByName =
        All.GroupBy(o => (o.Domain, o.Name)).ToFrozenDictionary(g => g.Key, g => g.OrderByDescending(o => o.Since).ToArray());

    /// <summary>The operator as an opset defines it, or null.</summary>
    /// <param name="domain">Empty for ONNX's own.</param>
    /// <param name="name">As its specification spells it.</param>
    /// <param name="opset">Opset of the default domain.</param>
    public static Operator? Find(string domain, string name, int opset) =>
        ByName.TryGetValue((domain, name), out Operator[]? forms) ? Array.Find(forms, o => o.Since <= opset) : null;

    internal static void Infer(Node node, int opset)
    {
        Operator op = Find(node.Domain, node.OpType, opset) ?? throw new GraphException(node.Name, node.OpType, Unknown(node, opset));
        op.Infer(node);
    }

    private static string Unknown(Node node, int opset)
    {
        if (ByName.TryGetValue((node.Domain, node.OpType), out Operator[]? later))
        {
            return $"the operator exists since opset {later[^1].Since}, and the graph declares {opset}";
        }

        string domain = node.Domain.Length == 0 ? "ONNX's own domain" : $"the domain '{node.Domain}'";
        return $"the operator is not known in {domain}";
    }
}
