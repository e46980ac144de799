using UnetSpikes.Core;

namespace UnetSpikes.Train;

/// <summary>Scores of what a network predicts without seeing it, as the Neural Latents Benchmark has them.</summary>
internal sealed class PredictionScores
{
    private readonly ObservedPart _observed;
    private readonly ObservedCounts? _heldOut;
    private readonly ObservedCounts? _forward;

    /// <summary>Keeps the counts that are to be predicted.</summary>
    /// <param name="counts">Whole trials, [trial, bin, unit]; NaN where nothing is known.</param>
    /// <param name="observed">What of them the network sees.</param>
    public PredictionScores(TrialTensor counts, ObservedPart observed)
    {
        _observed = observed;
        _heldOut = Known(observed.HeldOut(counts));
        _forward = Known(observed.Forward(counts));
    }

    /// <summary>See <see cref="PoissonLikelihood.CoBpsDefinition"/>; null where no unit is held out.</summary>
    /// <param name="logRates">Of whole trials.</param>
    public double? CoBps(TrialTensor logRates) => _heldOut?.Constant.BitsPerSpike(_heldOut.Nats(_observed.HeldOut(logRates)!));

    /// <summary>See <see cref="PoissonLikelihood.FpBpsDefinition"/>; null where there are no forward bins.</summary>
    /// <param name="logRates">Of whole trials.</param>
    public double? FpBps(TrialTensor logRates) => _forward?.Constant.BitsPerSpike(_forward.Nats(_observed.Forward(logRates)!));

    private static ObservedCounts? Known(TrialTensor? counts) =>
        counts is not null && ObservedCounts.Of(counts) is { Recorded: > 0 } known ? known : null;
}
