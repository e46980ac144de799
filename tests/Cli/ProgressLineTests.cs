using UnetSpikes.Cli;
using Xunit;

namespace UnetSpikes.Tests.Cli;

public sealed class ProgressLineTests : IDisposable
{
    private readonly StringWriter _error = new();
    private readonly ManualClock _clock = new();

    [Fact]
    public void On_a_terminal_the_line_is_redrawn_in_place_and_ended_once()
    {
        using (ProgressLine progress = Line(isTerminal: true, total: 200))
        {
            _clock.Advance(2);
            progress.Report(50, "R2 0.5");
            _clock.Advance(2);
            progress.Report(100);
        }

        Assert.Equal(
            "\rtrain  [#####---------------]   25 %  50/200  25.0 steps/s  ETA 0:06  in 0:02  R2 0.5\u001b[K" +
            "\rtrain  [##########----------]   50 %  100/200  25.0 steps/s  ETA 0:04  in 0:04  R2 0.5\u001b[K\n",
            _error.ToString());
    }

    [Fact]
    public void In_a_pipe_there_is_a_plain_line_every_ten_seconds_and_a_last_one()
    {
        using (ProgressLine progress = Line(isTerminal: false, total: 2400))
        {
            for (int step = 1; step <= 240; step++)
            {
                _clock.Advance(0.1);
                progress.Report(step * 10);
            }
        }

        Assert.Equal(
            ["train   41 %  1000/2400  100 steps/s  ETA 0:14  in 0:10", "train   83 %  2000/2400  100 steps/s  ETA 0:04  in 0:20", "train  100 %  2400/2400  100 steps/s  ETA 0:00  in 0:24"],
            _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain('\r', _error.ToString());
    }

    [Fact]
    public void Drawing_is_rationed_however_often_it_is_reported()
    {
        using (ProgressLine progress = Line(isTerminal: true, total: 10_000))
        {
            for (int step = 1; step <= 10_000; step++)
            {
                _clock.Advance(0.0001);
                progress.Report(step);
            }
        }

        Assert.InRange(_error.ToString().Count(c => c == '\r'), 9, 11); // One second at ten a second.
    }

    [Fact]
    public void A_message_goes_above_the_line()
    {
        using (ProgressLine progress = Line(isTerminal: true, total: 10))
        {
            _clock.Advance(1);
            progress.Report(5);
            progress.Message("saved");
        }

        string[] drawn = _error.ToString().Split('\r');
        Assert.Equal("\u001b[Ksaved\ntrain", drawn[2] + drawn[3][..5]);
        Assert.EndsWith("\u001b[K\n", drawn[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_longer_than_the_window_is_cut_so_that_it_cannot_wrap()
    {
        using (ProgressLine progress = Line(isTerminal: true, total: 10, width: 30))
        {
            _clock.Advance(1);
            progress.Report(5, new string('x', 100));
        }

        Assert.Equal(29, _error.ToString().TrimStart('\r').Split('\u001b')[0].Length);
    }

    [Fact]
    public void A_resumed_run_is_not_credited_with_what_was_done_before()
    {
        using (ProgressLine progress = Line(isTerminal: false, total: 2000, from: 1000))
        {
            _clock.Advance(10);
            progress.Report(1500);
        }

        Assert.Equal("train   75 %  1500/2000  50.0 steps/s  ETA 0:10  in 0:10\n", _error.ToString());
    }

    [Fact]
    public void Without_a_known_total_there_is_neither_bar_nor_ETA()
    {
        using (ProgressLine progress = Line(isTerminal: true, total: 0))
        {
            _clock.Advance(4000);
            progress.Report(8000);
        }

        Assert.Equal("\rtrain  8000 steps  2.0 steps/s  in 1:06:40\u001b[K\n", _error.ToString());
    }

    [Fact]
    public void Quiet_writes_nothing_at_all()
    {
        using (var progress = new ProgressLine(new ToolConsole(TextWriter.Null, _error, Quiet: true, Verbose: false), "train", 10))
        {
            progress.Report(10, "note");
            progress.Message("message");
        }

        Assert.Equal("", _error.ToString());
    }

    public void Dispose() => _error.Dispose();

    private ProgressLine Line(bool isTerminal, long total, int width = 120, long from = 0) =>
        new(_error, isTerminal, () => width, _clock, "train", total, "steps", from);

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(double seconds) => _ticks += TimeSpan.FromSeconds(seconds).Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
