using UnetSpikes.Core;
using UnetSpikes.Onnx;

namespace UnetSpikes.Models.Links;

/// <summary>rate = x, trained by squared error; the ancestor's default.</summary>
/// <remarks>
/// Nothing keeps x above 0. The loss takes it as it is; a rate below 0 is given out as 0, and a log-rate is the logarithm of at least
/// <see cref="PoissonLikelihood.LowestRate"/>, as the likelihood counts a rate of 0.
/// </remarks>
public sealed record IdentityLink : OutputLink
{
    /// <summary>Below every weight of an entry that counts (1 in the number of entries of a batch).</summary>
    private const double TinyWeight = 1e-30;

    /// <inheritdoc/>
    /// <remarks>Near the floor, ln makes rounding of 1e-7 into a hundred.</remarks>
    public override bool KeepsLogRatesSteady => false;

    /// <inheritdoc/>
    public override PredictedRates Apply(Graph g, Value x, Func<string, Value> parameter) =>
        new(x, g.Log(g.Max(x, g.Scalar(x, PoissonLikelihood.LowestRate))), g.Relu(x));

    /// <inheritdoc/>
    /// <returns>Σ w·(x − n)²: squared spikes per bin, a mean over the masked entries.</returns>
    /// <remarks>n is recovered as w·n/w, and as 0 where w is 0, so that the square is taken of a difference and not made of three large sums.</remarks>
    public override Value Loss(Graph g, PredictedRates predicted, Value weights, Value weightedCounts)
    {
        Value counts = g.Div(weightedCounts, g.Max(weights, g.Scalar(weights, TinyWeight)));
        Value error = g.Sub(predicted.Linear, counts);
        return g.ReduceSum(g.Mul(weights, g.Mul(error, error)), keepDims: false, 0, 1, 2, 3);
    }

    /// <inheritdoc/>
    public override double InverseAt(double rate) => rate;

    /// <inheritdoc/>
    public override double MagnitudeOf(double logRate, double rate) => rate;
}
