using System.Globalization;
using System.Text;

namespace UnetSpikes.Onnx;

/// <summary>A graph as text to read: one line per input, constant, node and output.</summary>
public static class GraphText
{
    private const int FewNumbers = 8;
    private const int LongestText = 80;

    /// <summary>The dump; <c>y: Float[batch, 20] = MatMul(x, w) {…}</c> is a node, its branches follow further in.</summary>
    /// <param name="graph">A graph or a branch.</param>
    public static string Dump(Graph graph)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"graph {graph.Name} (opset {graph.Opset}, {graph.Nodes.Count} nodes)\n");
        foreach ((string key, string value) in graph.Metadata)
        {
            text.Append(CultureInfo.InvariantCulture, $"  metadata {key} = {Shortened(value)}\n");
        }

        Append(text, graph, "  ");
        return text.ToString();
    }

    private static void Append(StringBuilder text, Graph graph, string indent)
    {
        foreach (Value input in graph.Inputs)
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}input {input}\n");
        }

        foreach (Value constant in graph.Initializers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}const {constant} = {Summary(constant.Constant!)}\n");
        }

        foreach (Node node in graph.Nodes)
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}{Line(node)}\n");
            foreach ((string name, object attribute) in node.Attributes)
            {
                if (attribute is Graph branch)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{indent}  {name} {branch.Name}:\n");
                    Append(text, branch, indent + "    ");
                }
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"{indent}output {string.Join(", ", graph.Outputs.Select(o => o.Name))}\n");
    }

    private static string Line(Node node)
    {
        string outputs = string.Join(", ", node.Outputs.Select(o => o.Name.Length == 0 ? "_" : o.ToString()));
        string inputs = string.Join(", ", node.Inputs.Select(v => v?.Name ?? "_"));
        string op = node.Domain.Length == 0 ? node.OpType : $"{node.Domain}.{node.OpType}";
        string attributes = string.Join(", ", node.Attributes.Where(a => a.Value is not Graph).Select(a => $"{a.Key} = {Text(a.Value)}"));
        return $"{outputs} = {op}({inputs}){(attributes.Length == 0 ? "" : $" {{{attributes}}}")}";
    }

    private static string Text(object attribute) => attribute switch
    {
        long[] values => $"[{string.Join(", ", values)}]",
        float[] values => Summary(Tensor.Of(values, values.LongLength)),
        string value => $"\"{Shortened(value)}\"",
        Tensor tensor => $"{tensor} {Summary(tensor)}",
        _ => Convert.ToString(attribute, CultureInfo.InvariantCulture)!,
    };

    /// <summary>A few numbers in full; of many their range.</summary>
    private static string Summary(Tensor tensor)
    {
        IEnumerable<string> texts = tensor.Data.Cast<object>().Take(FewNumbers + 1).Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)!);
        if (tensor.Count <= FewNumbers)
        {
            string list = string.Join(", ", texts);
            return tensor.Dims.Length == 0 ? list : $"[{list}]";
        }

        (double min, double max) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (object value in tensor.Data)
        {
            double number = value is Half half ? (double)half : Convert.ToDouble(value, CultureInfo.InvariantCulture);
            (min, max) = (Math.Min(min, number), Math.Max(max, number));
        }

        return string.Create(CultureInfo.InvariantCulture, $"{tensor.Count} numbers from {min:G6} to {max:G6}");
    }

    private static string Shortened(string text) => text.Length <= LongestText ? text : $"{text[..LongestText]}… ({text.Length} characters)";
}
