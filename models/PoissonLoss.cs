using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>Poisson negative log-likelihood of the counts under log-rates, averaged over the masked entries, as graph nodes.</summary>
/// <remarks>
/// exp(z) − n·z per entry, without ln(n!), which no parameter changes: PyTorch's
/// <c>PoissonNLLLoss(log_input=True, full=False)</c> over <c>output[mask]</c>.
/// </remarks>
public static class PoissonLoss
{
    /// <summary>Adds the loss to a graph.</summary>
    /// <param name="graph">The graph being built.</param>
    /// <param name="logRates">z = ln(expected spikes per bin).</param>
    /// <param name="counts">n, same shape.</param>
    /// <param name="weights">Same shape: 1/(number of masked entries) where masked, else 0; they sum to 1.</param>
    /// <returns>The loss in nats per entry, a scalar.</returns>
    public static Value Build(Graph graph, Value logRates, Value counts, Value weights)
    {
        // In this form the gradient, weights·exp(z) − weights·n, is made of products that are there already.
        Value expected = graph.Mul(weights, graph.Exp(logRates));
        Value observed = graph.Mul(graph.Mul(weights, counts), logRates);
        long[] axes = [.. Enumerable.Range(0, logRates.KnownShape.Rank).Select(i => (long)i)];
        return graph.ReduceSum(graph.Sub(expected, observed), keepDims: false, axes);
    }
}
