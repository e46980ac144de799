using UnetSpikes.Core;
using UnetSpikes.Models;

namespace UnetSpikes.Report;

/// <summary>What is left of the rates without one level's contribution.</summary>
/// <param name="Without">The level, or "nothing taken away".</param>
/// <param name="Roughness">See <see cref="UnetSpikes.Core.Roughness.Definition"/>.</param>
/// <param name="R2">R² against the true rates, mean over units; null where those are not known.</param>
/// <param name="Agreement">R² against the log-rates of the whole network, mean over units.</param>
public sealed record LevelAblation(string Without, double Roughness, double? R2, double Agreement);

/// <summary>Takes away one level after the other.</summary>
/// <param name="Rows">The whole network first, then one row for each level.</param>
/// <param name="LogRates">Of one trial, [row, bin, unit].</param>
public sealed record LevelAblations(IReadOnlyList<LevelAblation> Rows, TrialTensor LogRates)
{
    /// <summary>How R² against the whole network is defined.</summary>
    public const string AgreementDefinition = "R2 of log-rates with the level taken away against the whole network's, as if those were the truth; 1 = the level does nothing";

    /// <summary>Runs the network without each level in turn.</summary>
    /// <param name="network">The network.</param>
    /// <param name="counts">Validation counts, [trial, bin, unit].</param>
    /// <param name="truth">True rates in spikes per bin; null where unknown.</param>
    /// <param name="whole">Log-rates with nothing taken away.</param>
    /// <param name="trial">The trial whose log-rates are kept.</param>
    /// <param name="cancel">Looked at before every batch.</param>
    public static LevelAblations Of(ProbedNetwork network, TrialTensor counts, TrialTensor? truth, TrialTensor whole, int trial, CancellationToken cancel)
    {
        Probe?[] taken = [null, .. network.Probes];
        var rows = new List<LevelAblation>();
        var kept = new TrialTensor(taken.Length, counts.Bins, counts.Units);
        foreach (Probe? probe in taken)
        {
            TrialTensor logRates = probe is null ? whole : network.LogRates(counts, probe, cancel);
            logRates.Trial(trial).CopyTo(kept.Trial(rows.Count));
            rows.Add(new LevelAblation(
                probe?.Name ?? "nothing taken away",
                Roughness.Of(logRates),
                truth is null ? null : RateScores.Compute(truth, Rates.Exp(logRates)).R2Uniform,
                RateScores.Compute(whole, logRates).R2Uniform));
        }

        return new LevelAblations(rows, kept);
    }
}
