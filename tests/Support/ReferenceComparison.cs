using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using Xunit;
using ElementType = UnetSpikes.Onnx.ElementType;

namespace UnetSpikes.Tests.Support;

/// <summary>The same graph in ONNX Runtime and in the reference evaluator.</summary>
public static class ReferenceComparison
{
    /// <summary>Runs a graph in ONNX Runtime with one thread. The wanted values become outputs of the graph.</summary>
    public static ReferenceTensor[] RunInOnnxRuntime(
        Graph graph, IReadOnlyDictionary<Value, ReferenceTensor> feeds, IReadOnlyList<Value> wanted, GraphOptimization optimization = GraphOptimization.All)
    {
        string[] names = [.. wanted.Select((_, i) => $"wanted.{i}")];
        for (int i = 0; i < names.Length; i++)
        {
            graph.AddOutput(wanted[i], names[i]);
        }

        using var session = new OnnxSession(
            GraphWriter.ToBytes(graph), new SessionSettings { Threads = 1, Spinning = false, Optimization = optimization, Name = graph.Name });
        IReadOnlyDictionary<string, HostTensor> results = session.Run(feeds.ToDictionary(f => f.Key.Name, f => ToHost(f.Value)), names);
        return [.. names.Select(name => FromHost(results[name]))];
    }

    /// <summary>Every number within <paramref name="tolerance"/> · (1 + the tensor's largest magnitude); shapes equal.</summary>
    public static void AssertClose(ReferenceTensor expected, ReferenceTensor actual, double tolerance, string what)
    {
        Assert.True(expected.Dims.SequenceEqual(actual.Dims), $"{what}: expected {expected}, is {actual}");
        double scale = 1 + expected.Data.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
        for (int i = 0; i < expected.Data.Length; i++)
        {
            double a = expected.Data[i], b = actual.Data[i];
            Assert.True(a.Equals(b) || Math.Abs(a - b) <= tolerance * scale, $"{what}: entry {i} is {b:R}, expected {a:R}");
        }
    }

    private static HostTensor ToHost(ReferenceTensor x) => x.Type switch
    {
        ElementType.Float => HostTensor.Of(Array.ConvertAll(x.Data, v => (float)v), x.Dims),
        ElementType.Double => HostTensor.Of(x.Data, x.Dims),
        ElementType.Int64 => HostTensor.Of(Array.ConvertAll(x.Data, v => (long)v), x.Dims),
        ElementType.Int32 => HostTensor.Of(Array.ConvertAll(x.Data, v => (int)v), x.Dims),
        ElementType.Bool => HostTensor.Of(Array.ConvertAll(x.Data, v => v != 0), x.Dims),
        _ => throw new NotSupportedException($"{x}"),
    };

    private static ReferenceTensor FromHost(HostTensor x)
    {
        (ElementType type, double[] data) = x.Type switch
        {
            UnetSpikes.Runtime.ElementType.Float => (ElementType.Float, Array.ConvertAll(x.Values<float>(), v => (double)v)),
            UnetSpikes.Runtime.ElementType.Double => (ElementType.Double, x.Values<double>()),
            UnetSpikes.Runtime.ElementType.Int64 => (ElementType.Int64, Array.ConvertAll(x.Values<long>(), v => (double)v)),
            UnetSpikes.Runtime.ElementType.Int32 => (ElementType.Int32, Array.ConvertAll(x.Values<int>(), v => (double)v)),
            UnetSpikes.Runtime.ElementType.Bool => (ElementType.Bool, Array.ConvertAll(x.Values<bool>(), v => v ? 1.0 : 0)),
            _ => throw new NotSupportedException($"{x}"),
        };
        return new ReferenceTensor(type, data, [.. x.Shape]);
    }
}
