using UnetSpikes.Runtime.Timing;
using Xunit;

namespace UnetSpikes.Tests.Runtime.Timing;

/// <summary>How calls are timed, on a clock that only the calls move.</summary>
public class TurnsTests
{
    private readonly CallClock _clock = new();

    [Fact]
    public void Calls_take_turns_in_blocks_of_about_five_milliseconds()
    {
        var calls = new List<char>();

        IReadOnlyList<CallTimes> times = Turns(0.07, warmUp: 0).Take(default, Call('A', 1), Call('B', 2.5));

        string counted = new([.. calls.Skip(4)]); // Two of each warm up.
        Assert.Equal(string.Concat(Enumerable.Repeat("AAAAABB", 7)), counted);
        Assert.Equal([7, 7], times.Select(t => t.Blocks.Count));
        Assert.All(times[0].Blocks, block => Assert.Equal(Enumerable.Repeat(0.001, 5), block, Near));
        Assert.All(times[1].Blocks, block => Assert.Equal(Enumerable.Repeat(0.0025, 2), block, Near));

        Action Call(char name, double ms) => () =>
        {
            calls.Add(name);
            _clock.Pass(ms);
        };
    }

    [Fact]
    public void Warming_up_is_not_counted_however_slow_it_is()
    {
        int calls = 0;

        CallTimes times = Turns(0.05, warmUp: 0.2).Take(default, () => _clock.Pass(calls++ < 3 ? 60 : 1))[0];

        Assert.Equal(1, times.PercentileMs(1), 9);
        Assert.True(calls > times.Calls + 3);
    }

    [Fact]
    public void A_call_longer_than_the_time_allowed_is_still_made_five_times() =>
        Assert.Equal(5, Turns(0.01, warmUp: 0).Take(default, () => _clock.Pass(400))[0].Calls);

    [Fact]
    public void Cancelling_ends_it()
    {
        using var cancel = new CancellationTokenSource();
        int calls = 0;

        Assert.Throws<OperationCanceledException>(() => Turns(1e9, warmUp: 0).Take(cancel.Token, () =>
        {
            _clock.Pass(1);
            if (++calls == 100)
            {
                cancel.Cancel();
            }
        }));
        Assert.InRange(calls, 100, 105);
    }

    [Theory]
    [InlineData(100, 0.5, 50)]
    [InlineData(100, 0.95, 95)]
    [InlineData(100, 0.99, 99)]
    [InlineData(10, 0.99, 10)]
    [InlineData(7, 0.5, 4)]
    [InlineData(1, 0.01, 1)]
    public void A_percentile_is_a_time_that_was_measured_by_nearest_rank(int count, double share, double expectedMs)
    {
        double[] shuffled = [.. Enumerable.Range(1, count).Select(ms => ms / 1e3).OrderBy(s => s * 7919 % 1)];

        Assert.Equal(expectedMs, new CallTimes([shuffled]).PercentileMs(share), 9);
    }

    [Fact]
    public void The_ratio_is_of_neighbours_so_a_machine_that_slows_down_does_not_move_it()
    {
        CallTimes mine = new([[1, 1, 1], [10, 10, 10], [100, 100, 100]]), theirs = new([[3, 3, 9], [30, 30, 90], [200, 200, 200]]);

        Ratio ratio = mine.RatioOf(theirs);

        Assert.Equal((3, 2, 3), (ratio.Median, ratio.Low, ratio.High));
    }

    private static bool Near(double expected, double actual) => Math.Abs(expected - actual) < 1e-9;

    private Turns Turns(double seconds, double warmUp) => new(seconds) { WarmUpSeconds = warmUp, Clock = _clock };

    private sealed class CallClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => _now;

        public void Pass(double ms) => _now += (long)(ms * 1000);
    }
}
