using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace UnetSpikes.Onnx.Passes;

/// <summary>Computes once what is computed twice: nodes with the same operator, inputs and attributes, and small constants with the same numbers.</summary>
public static class CommonSubexpressions
{
    /// <summary>Constants up to this many elements are compared: scalars, axes, pads, shapes. Weights differ anyway.</summary>
    private const int SmallConstant = 64;

    /// <summary>Merges them. What makes random numbers stays apart, and so do choices (If), whose branches are searched instead.</summary>
    /// <param name="graph">Changed in place.</param>
    /// <returns>How many nodes and constants went.</returns>
    public static int Merge(Graph graph) => new Merger(graph, null).Run();

    /// <summary>One graph's pass; a branch's also finds what the graphs around it have computed before.</summary>
    private sealed class Merger(Graph graph, Merger? outer)
    {
        private readonly Dictionary<string, Value[]> _known = [];
        private readonly Dictionary<Value, Value> _same = outer?._same ?? [];
        private readonly Dictionary<Value, int> _numbers = outer?._numbers ?? [];

        public int Run()
        {
            var outputs = new HashSet<Value>(graph.Outputs);
            int removed = 0;
            foreach (Value constant in graph.Initializers.Where(c => c.Constant!.Count <= SmallConstant && !outputs.Contains(c)))
            {
                removed += Meets(Key(constant.Constant!), [constant]) ? 1 : 0;
            }

            graph.KeepInitializers(c => !_same.ContainsKey(c));
            var kept = new List<Node>();
            foreach (Node node in graph.Nodes)
            {
                UseFirsts(node);
                removed += node.Branches.Sum(branch => new Merger(branch, this).Run());

                // An output of the graph keeps its name, so its node stays; later ones may still be merged into it.
                bool mayGo = IsPure(node) && !node.Outputs.Any(outputs.Contains);
                if (mayGo && Meets(Key(node), node.Outputs))
                {
                    removed++;
                    continue;
                }

                if (IsPure(node))
                {
                    _known.TryAdd(Key(node), [.. node.Outputs]);
                }

                kept.Add(node);
            }

            graph.ReplaceNodes(kept);
            return removed;
        }

        private static bool IsPure(Node node) => node.OpType != "RandomUniformLike" && !node.Branches.Any();

        /// <summary>True where the same is known already; else remembers it.</summary>
        private bool Meets(string key, IReadOnlyList<Value> values)
        {
            for (Merger? merger = this; merger is not null; merger = merger.Outer)
            {
                if (merger._known.TryGetValue(key, out Value[]? first))
                {
                    for (int i = 0; i < first.Length; i++)
                    {
                        _same[values[i]] = first[i];
                    }

                    return true;
                }
            }

            _known[key] = [.. values];
            return false;
        }

        private Merger? Outer => outer;

        private void UseFirsts(Node node)
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (node.Inputs[i] is { } value && _same.TryGetValue(value, out Value? first))
                {
                    node.ReplaceInput(i, first);
                }
            }
        }

        private string Key(Node node)
        {
            var key = new StringBuilder();
            key.Append(CultureInfo.InvariantCulture, $"{node.Domain}|{node.OpType}|{string.Join(",", node.Outputs.Select(o => o.Name.Length > 0 ? 1 : 0))}|");
            key.AppendJoin(',', node.Inputs.Select(v => v is null ? -1 : Number(v)));
            foreach ((string name, object value) in node.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal))
            {
                key.Append(CultureInfo.InvariantCulture, $"|{name}={Text(value)}");
            }

            return key.ToString();
        }

        private static string Text(object attribute) => attribute switch
        {
            long[] values => string.Join(",", values),
            float[] values => Key(Tensor.Of(values, values.LongLength)),
            float value => $"{BitConverter.SingleToInt32Bits(value)}f",
            string value => $"{value.Length}:{value}",
            Tensor tensor => Key(tensor),
            _ => Convert.ToString(attribute, CultureInfo.InvariantCulture)!,
        };

        private static string Key(Tensor tensor) =>
            $"{tensor}:{Convert.ToHexString(SHA256.HashData(TensorFormat.Write(tensor, null).RawData.Span))}";

        private int Number(Value value)
        {
            if (!_numbers.TryGetValue(value, out int number))
            {
                _numbers[value] = number = _numbers.Count;
            }

            return number;
        }
    }
}
