using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Report;

/// <summary>The part of a run's validation trials that the page carries, so that it stays small enough to be sent by mail.</summary>
/// <param name="Trials">Positions among the validation trials; the first is shown at first.</param>
/// <param name="Units">Positions among the units, ascending.</param>
/// <param name="Bins">Bins from each trial's start.</param>
/// <param name="FirstUnits">Positions within <paramref name="Units"/> of those whose rates are drawn at first.</param>
public sealed record ShownPart(IReadOnlyList<int> Trials, IReadOnlyList<int> Units, int Bins, IReadOnlyList<int> FirstUnits)
{
    private const int MostTrials = 16;
    private const int MostUnits = 128;
    private const int UnitsDrawnAtFirst = 3;

    /// <summary>Counts in a byte; inferred, smoothed and true rates in two bytes each.</summary>
    private const int BytesPerEntry = 7;

    /// <summary>Bytes of a page's arrays, all runs together: base64 makes 2.7 MB of them, beside 1.8 MB of plotly.</summary>
    private const int Budget = 2_000_000;

    /// <summary>Chooses.</summary>
    /// <param name="counts">Validation counts, [trial, bin, unit].</param>
    /// <param name="options">What the user asked for.</param>
    /// <param name="runs">Runs that share the page.</param>
    /// <exception cref="UsageException">A trial or unit asked for is not there.</exception>
    public static ShownPart Of(TrialTensor counts, ReportOptions options, int runs)
    {
        Require("--trials", options.Trials, counts.Trials, "validation trials");
        Require("--units", options.Units, counts.Units, "units");
        double[] mean = PoissonLikelihood.MeanRates(counts);
        int[] drawn = [.. (options.Units ?? [.. Enumerable.Range(0, counts.Units).OrderByDescending(u => mean[u]).Take(UnitsDrawnAtFirst)]).Distinct()];
        int[] units = [.. drawn.Concat(Enumerable.Range(0, counts.Units)).Distinct().Take(Math.Max(MostUnits, drawn.Length)).Order()];
        int entries = Budget / runs / BytesPerEntry;
        int bins = Math.Clamp(entries / units.Length, 1, counts.Bins);
        int fitting = Math.Clamp(entries / (units.Length * bins), 1, MostTrials);
        int[] trials = [.. (options.Trials ?? [.. Enumerable.Range(0, counts.Trials)]).Distinct().Take(fitting)];
        return new ShownPart(trials, units, bins, [.. drawn.Select(unit => Array.IndexOf(units, unit))]);
    }

    /// <summary>The part of a tensor of all validation trials.</summary>
    /// <param name="all">[trial, bin, unit].</param>
    public TrialTensor Of(TrialTensor all) => Cut(all, Trials, Units);

    /// <summary>The same bins of every trial of a tensor whose last axis is not units.</summary>
    /// <param name="all">[trial, bin, dimension] of all validation trials.</param>
    public TrialTensor BinsOf(TrialTensor all) => Cut(all, Trials, [.. Enumerable.Range(0, all.Units)]);

    /// <summary>The same bins and units of every trial of another tensor.</summary>
    /// <param name="other">[trial, bin, unit], of trials that are not the validation trials.</param>
    public TrialTensor UnitsOf(TrialTensor other) => Cut(other, [.. Enumerable.Range(0, other.Trials)], Units);

    /// <summary>What of it is shown, in words.</summary>
    /// <param name="counts">Validation counts.</param>
    public string Limits(TrialTensor counts) => string.Create(
        CultureInfo.InvariantCulture,
        $"This page carries {Trials.Count} of {counts.Trials} validation trials, {Units.Count} of {counts.Units} units and {Bins} of {counts.Bins} bins; every score is over all of them.");

    private TrialTensor Cut(TrialTensor all, IReadOnlyList<int> trials, IReadOnlyList<int> units)
    {
        var cut = new TrialTensor(trials.Count, Math.Min(Bins, all.Bins), units.Count);
        for (int i = 0; i < trials.Count; i++)
        {
            for (int bin = 0; bin < cut.Bins; bin++)
            {
                for (int u = 0; u < units.Count; u++)
                {
                    cut[i, bin, u] = all[trials[i], bin, units[u]];
                }
            }
        }

        return cut;
    }

    private static void Require(string option, IReadOnlyList<int>? chosen, int there, string what)
    {
        foreach (int index in chosen ?? [])
        {
            if (index < 0 || index >= there)
            {
                throw new UsageException(option, string.Create(CultureInfo.InvariantCulture, $"{index} is not there, expected 0 to {there - 1}: the run has {there} {what}"));
            }
        }
    }
}
