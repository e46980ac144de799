using UnetSpikes.Models.Links;
using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>Poisson negative log-likelihood of the counts under predicted rates, averaged over the masked entries, as graph nodes.</summary>
/// <remarks>
/// λ − n·ln λ per entry, without ln(n!), which no parameter changes: with λ = exp(z), PyTorch's
/// <c>PoissonNLLLoss(log_input=True, full=False)</c> over <c>output[mask]</c>.
/// </remarks>
public static class PoissonLoss
{
    /// <summary>Adds the loss to a graph.</summary>
    /// <param name="g">The graph being built.</param>
    /// <param name="predicted">λ, expected spikes per bin, and ln λ, [1, unit, bin, trial].</param>
    /// <param name="weights">w, same shape: 1/(number of masked entries) where masked, else 0; they sum to 1.</param>
    /// <param name="weightedCounts">w·n, same shape.</param>
    /// <returns>Σ w·λ − Σ w·n·ln λ: nats per masked entry, a scalar.</returns>
    /// <remarks>
    /// In this form the gradient by z = ln λ, w·exp(z) − w·n, is made of values that are there already, and the second sum is a
    /// batch of dot products that writes nothing.
    /// </remarks>
    public static Value Build(Graph g, PredictedRates predicted, Value weights, Value weightedCounts)
    {
        Value expected = g.ReduceSum(g.Mul(weights, predicted.Rates), keepDims: false, 0, 1, 2, 3);
        Value RowOf(Value x) => g.Reshape(x, x.KnownShape[1].Size!.Value, 1, -1);
        Value observed = g.ReduceSum(g.FusedMatMul(RowOf(weightedCounts), RowOf(predicted.LogRates), transB: true), keepDims: false, 0, 1, 2);
        return g.Sub(expected, observed);
    }
}
