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
    /// <param name="g">The graph being built.</param>
    /// <param name="logRates">z = ln(expected spikes per bin), [1, unit, bin, trial].</param>
    /// <param name="weights">w, same shape: 1/(number of masked entries) where masked, else 0; they sum to 1.</param>
    /// <param name="weightedCounts">w·n, same shape.</param>
    /// <returns>Σ w·exp(z) − Σ w·n·z: nats per masked entry, a scalar.</returns>
    /// <remarks>
    /// In this form the gradient, w·exp(z) − w·n, is made of values that are there already, and the second sum is a batch
    /// of dot products that writes nothing.
    /// </remarks>
    public static Value Build(Graph g, Value logRates, Value weights, Value weightedCounts)
    {
        Value expected = g.ReduceSum(g.Mul(weights, g.Exp(logRates)), keepDims: false, 0, 1, 2, 3);
        Value RowOf(Value x) => g.Reshape(x, x.KnownShape[1].Size!.Value, 1, -1);
        Value observed = g.ReduceSum(g.FusedMatMul(RowOf(weightedCounts), RowOf(logRates), transB: true), keepDims: false, 0, 1, 2);
        return g.Sub(expected, observed);
    }
}
