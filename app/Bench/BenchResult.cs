using UnetSpikes.Runtime.Timing;

namespace UnetSpikes.App.Bench;

/// <summary>What <c>bench</c> measured, as <c>--json</c> has it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Compare">The one it was compared with; null = none.</param>
/// <param name="Host">Where.</param>
/// <param name="SecondsPerCell">How long each cell was measured.</param>
/// <param name="Percentiles">What p50, p95 and p99 are.</param>
/// <param name="Cells">One for each shape.</param>
/// <param name="RatioGeometricMean">Over the cells' ratios; null without a comparison.</param>
internal sealed record BenchResult(
    BenchedFile Model, BenchedFile? Compare, BenchHost Host, double SecondsPerCell, string Percentiles, IReadOnlyList<BenchCell> Cells, double? RatioGeometricMean);

/// <summary>A file that was timed.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">Its hash.</param>
/// <param name="Architecture">The network in a line; null for a model that does not say.</param>
/// <param name="Channels">Units that go in.</param>
internal sealed record BenchedFile(string Path, string Sha256, string? Architecture, int Channels)
{
    public static BenchedFile Of(BenchModel model) => new(model.Path, model.Sha256, model.Metadata?.Architecture, model.Input.Channels);
}

/// <summary>One shape.</summary>
/// <param name="Batch">Trials per call.</param>
/// <param name="Bins">Bins of each.</param>
/// <param name="Model">The model's times.</param>
/// <param name="Compare">The other's.</param>
/// <param name="Ratio">The other's time over the model's: above 1, the model is faster.</param>
/// <param name="LargestDifference">Of log-rates, for the same counts: whether the two compute the same.</param>
internal sealed record BenchCell(int Batch, int Bins, BenchTimes Model, BenchTimes? Compare, Ratio? Ratio, double? LargestDifference);

/// <summary>A model's times for one shape.</summary>
/// <param name="Calls">How many calls were timed.</param>
/// <param name="P50Ms">Median time of a call.</param>
/// <param name="P95Ms">95 % of the calls took no longer.</param>
/// <param name="P99Ms">99 % of the calls took no longer.</param>
/// <param name="BinsPerSecond">Batch times bins, over the median time.</param>
/// <param name="TimesRealTime">Seconds of recording per second, all trials of the batch together; null where the width of a bin is not known.</param>
/// <param name="MemoryBytes">By how much the model raises the process's peak memory; null where the system does not say.</param>
internal sealed record BenchTimes(int Calls, double P50Ms, double P95Ms, double P99Ms, double BinsPerSecond, double? TimesRealTime, long? MemoryBytes)
{
    public static BenchTimes Of(CallTimes times, int batch, int bins, double? binWidthMs, long? memoryBytes)
    {
        double p50 = times.PercentileMs(0.5), binsPerSecond = batch * (double)bins / p50 * 1e3;
        return new BenchTimes(times.Calls, p50, times.PercentileMs(0.95), times.PercentileMs(0.99), binsPerSecond, binsPerSecond * binWidthMs / 1e3, memoryBytes);
    }
}
