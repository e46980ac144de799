using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

public abstract partial class StaticPass
{
    /// <inheritdoc/>
    /// <remarks>Two transpositions that each move one axis have fast kernels; the one of three axes has none.</remarks>
    public override Value ToTrials(Value x, long channels)
    {
        long[] sizes = x.KnownShape.Sizes();               // [1, C, T, B]
        Value rows = Graph.Transpose(Graph.Reshape(x, channels, sizes[2] * sizes[3]), 1, 0);
        return Graph.Transpose(Graph.Reshape(rows, sizes[2], sizes[3], channels), 1, 0, 2);
    }

    /// <inheritdoc/>
    public override Value FromTrials(Value trials, long channels)
    {
        long[] sizes = trials.KnownShape.Sizes();          // [B, T, C]
        Value rows = Graph.Reshape(Graph.Transpose(trials, 1, 0, 2), sizes[1] * sizes[0], channels);
        return Graph.Reshape(Graph.Transpose(rows, 1, 0), 1, channels, sizes[1], sizes[0]);
    }

    /// <inheritdoc/>
    public override Value LogRatesFromTrials(Value trials, long units) => FromTrials(trials, units);

    /// <inheritdoc/>
    public override Value Linear(Value x, Value weight, Value bias)
    {
        long[] sizes = x.KnownShape.Sizes();               // [B, T, in]
        Value rows = Graph.Gemm(Graph.Reshape(x, -1, sizes[2]), weight, bias, transB: true);
        return Graph.Reshape(rows, sizes[0], sizes[1], weight.KnownShape[0].Size!.Value);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Parts(string name, int count)
    {
        Value whole = Parameter(name);
        return Graph.Split(whole, 0, [.. Enumerable.Repeat(whole.KnownShape[0].Size!.Value / count, count)]);
    }

    /// <inheritdoc/>
    public override Value Distances(Value tokens) =>
        DistancesOf(Graph.Ints([.. Enumerable.Range(0, (int)tokens.KnownShape[1].Size!.Value).Select(t => (long)t)]));
}
