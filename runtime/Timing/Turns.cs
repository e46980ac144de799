namespace UnetSpikes.Runtime.Timing;

/// <summary>Times calls that take turns: a block of the first, a block of the second, the first again, …</summary>
/// <remarks>What else runs on the machine, its clock and its heat move neighbouring blocks alike; one after the other, two models would meet different machines.</remarks>
/// <param name="Seconds">How long to measure, all calls together.</param>
public sealed record Turns(double Seconds)
{
    private const double BlockSeconds = 0.005;
    private const int FewestRounds = 5;
    private const int FewestWarmUpCalls = 2;

    /// <summary>How long each call is made before anything is counted.</summary>
    public double WarmUpSeconds { get; init; } = 0.2;

    /// <summary>What tells the time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Times calls.</summary>
    /// <param name="cancel">Ends the measurement.</param>
    /// <param name="calls">Each is a run of one model.</param>
    /// <returns>The times of each, in the order given, with as many blocks.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<CallTimes> Take(CancellationToken cancel, params IReadOnlyList<Action> calls)
    {
        ArgumentNullException.ThrowIfNull(calls);
        int[] perBlock = [.. calls.Select(call => CallsPerBlock(call, cancel))];
        List<double[]>[] blocks = [.. calls.Select(_ => new List<double[]>())];
        for (long start = Clock.GetTimestamp(); Clock.GetElapsedTime(start).TotalSeconds < Seconds || blocks[0].Count < FewestRounds;)
        {
            for (int i = 0; i < calls.Count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                blocks[i].Add(Block(calls[i], perBlock[i]));
            }
        }

        return [.. blocks.Select(b => new CallTimes(b))];
    }

    /// <summary>Warms up.</summary>
    private int CallsPerBlock(Action call, CancellationToken cancel)
    {
        double shortest = double.PositiveInfinity;
        long start = Clock.GetTimestamp();
        for (int i = 0; i < FewestWarmUpCalls || Clock.GetElapsedTime(start).TotalSeconds < WarmUpSeconds; i++)
        {
            cancel.ThrowIfCancellationRequested();
            shortest = Math.Min(shortest, Block(call, 1)[0]);
        }

        // A clock too coarse for one call would say 0.
        return (int)Math.Clamp(BlockSeconds / shortest, 1, 10_000);
    }

    private double[] Block(Action call, int count)
    {
        var seconds = new double[count];
        for (int i = 0; i < count; i++)
        {
            long start = Clock.GetTimestamp();
            call();
            seconds[i] = Clock.GetElapsedTime(start).TotalSeconds;
        }

        return seconds;
    }
}
