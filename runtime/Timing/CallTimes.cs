namespace UnetSpikes.Runtime.Timing;

/// <summary>How long the calls of one model took, in the blocks they were made in.</summary>
/// <param name="Blocks">Seconds of every call; a block is the calls of one turn.</param>
public sealed record CallTimes(IReadOnlyList<double[]> Blocks)
{
    /// <summary>What a percentile is.</summary>
    public const string PercentileDefinition =
        "pN: the shortest time that N % of the calls did not exceed (nearest rank: of n times in rising order, number ⌈N·n/100⌉; of fewer than 100, p99 is the longest)";

    private readonly double[] _sorted = [.. Blocks.SelectMany(block => block).Order()];

    /// <summary>How many calls were timed.</summary>
    public int Calls => _sorted.Length;

    /// <summary>The time a share of the calls did not exceed, in milliseconds.</summary>
    /// <param name="share">Above 0, at most 1: 0.99 for p99.</param>
    public double PercentileMs(double share) => NearestRank(_sorted, share) * 1e3;

    /// <summary>How many times as long another model's calls took: above 1, this one is faster.</summary>
    /// <param name="other">Timed in turns with this one.</param>
    public Ratio RatioOf(CallTimes other)
    {
        ArgumentNullException.ThrowIfNull(other);
        // Neighbouring blocks: what else the machine does moves both alike.
        double[] ratios = [.. Blocks.Zip(other.Blocks, (mine, theirs) => Median(theirs) / Median(mine)).Order()];
        return new Ratio(NearestRank(ratios, 0.5), NearestRank(ratios, 0.1), NearestRank(ratios, 0.9));
    }

    private static double Median(double[] block) => NearestRank([.. block.Order()], 0.5);

    private static double NearestRank(double[] sorted, double share) => sorted[Math.Max((int)Math.Ceiling(share * sorted.Length), 1) - 1];
}

/// <summary>One model's time over another's, with its spread.</summary>
/// <param name="Median">The middle one of the ratios of neighbouring blocks' medians.</param>
/// <param name="Low">Their p10.</param>
/// <param name="High">Their p90.</param>
public sealed record Ratio(double Median, double Low, double High);
