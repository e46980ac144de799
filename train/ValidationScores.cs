using UnetSpikes.Core;

namespace UnetSpikes.Train;

/// <summary>Scores of one set of weights on held-out trials.</summary>
/// <param name="Loss">Mean Poisson loss of entries while hidden, in nats (see <see cref="Validation"/>); the usual ground for choosing (see <see cref="SelectBy"/>).</param>
/// <param name="BitsPerSpike">The same predictions of hidden entries in bits per spike.</param>
/// <param name="Rates">R² of the rates inferred with nothing hidden against the true ones, of what the network sees; null where nobody knows those.</param>
public sealed record ValidationScores(double Loss, double BitsPerSpike, RateScores? Rates)
{
    /// <summary>Mean Poisson loss of all entries with nothing hidden, in nats: low for a network that copies what it sees. NaN in older checkpoints.</summary>
    public double UnmaskedLoss { get; init; } = double.NaN;

    /// <summary>See <see cref="PoissonLikelihood.CoBpsDefinition"/>, nothing hidden; null where no unit is held out.</summary>
    public double? CoBps { get; init; }

    /// <summary>See <see cref="PoissonLikelihood.FpBpsDefinition"/>, nothing hidden; null where there are no forward bins.</summary>
    public double? FpBps { get; init; }
}
