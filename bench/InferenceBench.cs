using System.CommandLine;
using System.Diagnostics;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Runtime;

namespace UnetSpikes.Bench;

/// <summary>Two models side by side in one process and one runtime, alternating, each with its inputs and outputs bound.</summary>
/// <remarks>
/// Answers: how much faster is our export than torch.onnx's of the same weights? Measures the time of a run, counts
/// already in the input buffer. Does not measure loading, nor copying counts in. The machine's other load moves both
/// alike: blocks of about 5 ms of each take turns, and the ratio is of the medians of the time per run.
/// </remarks>
public static class InferenceBench
{
    private const double BlockSeconds = 0.005;
    private const double WarmUpSeconds = 0.2;

    /// <summary>Declares <c>inference A.onnx B.onnx --batch N --bins N</c>.</summary>
    public static Command Create()
    {
        var a = new Argument<string>("A") { Description = "A model exported by unet-spikes: spikes is [batch, bin, channel]." };
        var b = new Argument<string>("B") { Description = "The one to compare with: either of the same order, or of [batch, channel, bin]." };
        var batch = new Option<int>("--batch") { Description = "Trials per run.", HelpName = "N", DefaultValueFactory = _ => 64 };
        var bins = new Option<int>("--bins") { Description = "Bins per trial.", HelpName = "N", DefaultValueFactory = _ => 50 };
        var seconds = new Option<double>("--seconds") { Description = "How long to measure, both together.", HelpName = "S", DefaultValueFactory = _ => 4 };
        Option<int> threads = CommonOptions.Threads();
        var command = new Command("inference", "Time two models on the same counts, alternating; prints one JSON object.") { a, b, batch, bins, seconds, threads };
        command.SetAction(parsed =>
        {
            var settings = new SessionSettings { Threads = parsed.GetValue(threads) };
            using var first = new Contestant(parsed.GetValue(a)!, settings, parsed.GetValue(batch), parsed.GetValue(bins), channelsLast: null);
            using var second = new Contestant(parsed.GetValue(b)!, settings, parsed.GetValue(batch), parsed.GetValue(bins), first.Channels);
            JsonLine.Write(parsed.InvocationConfiguration.Output, Measure(first, second, parsed.GetValue(seconds)));
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Alternates blocks of runs of two models.</summary>
    private static InferenceTimes Measure(Contestant a, Contestant b, double seconds)
    {
        var clock = Stopwatch.StartNew();
        int runsA = RunsPerBlock(a);
        int runsB = RunsPerBlock(b);
        List<double> timesA = [], timesB = [];
        for (clock.Restart(); clock.Elapsed.TotalSeconds < seconds || timesA.Count < 5;)
        {
            timesA.Add(a.Time(runsA) * 1e3);
            timesB.Add(b.Time(runsB) * 1e3);
        }

        return new InferenceTimes(
            a.Batch, a.Bins, a.Channels, a.Threads, timesA.Count, Quantile(timesA, 0.5), Quantile(timesB, 0.5),
            Quantile(timesB, 0.5) / Quantile(timesA, 0.5), Quantile(timesB, 0.1) / Quantile(timesA, 0.1), a.LargestDifference(b));
    }

    private static int RunsPerBlock(Contestant contestant)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < WarmUpSeconds;)
        {
            contestant.Time(1);
        }

        return (int)Math.Max(1, BlockSeconds / contestant.Time(3));
    }

    private static double Quantile(List<double> values, double q)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Round(q * (sorted.Length - 1))];
    }

    /// <summary>A model with bound buffers, the same counts in each.</summary>
    private sealed class Contestant : IDisposable
    {
        private readonly OnnxSession _session;
        private readonly BoundRun _run;
        private readonly bool _isChannelsLast;
        private readonly string _logRates;

        public Contestant(string path, SessionSettings settings, int batch, int bins, int? channelsLast)
        {
            _session = new OnnxSession(File.ReadAllBytes(path), settings with { Name = path });
            TensorInfo input = _session.Inputs[0];
            (Batch, Bins) = (batch, bins);
            // Ours say [?, ?, channel]; torch.onnx's of fixed shape [batch, channel, bin].
            _isChannelsLast = channelsLast is null || input.Dims[1] != channelsLast;
            Channels = (int)(channelsLast ?? input.Dims[2] ?? throw new UsageException("A", $"{path}: the last axis of its input is open, expected the channels"));
            long[] shape = _isChannelsLast ? [batch, bins, Channels] : [batch, Channels, bins];
            float[] counts = Counts(batch, bins);
            IReadOnlyDictionary<string, HostTensor> once = _session.Run(new Dictionary<string, HostTensor> { [input.Name] = HostTensor.Of(counts, shape) });
            _logRates = _session.Outputs.FirstOrDefault(o => o.Name == "log_rates")?.Name ?? _session.Outputs[0].Name;
            _run = new BoundRun(
                _session,
                [new TensorSpec(input.Name, ElementType.Float, shape)],
                [.. once.Select(o => new TensorSpec(o.Key, ElementType.Float, [.. o.Value.Shape]))]);
            counts.CopyTo(_run.Input<float>(input.Name));
        }

        public int Batch { get; }

        public int Bins { get; }

        public int Channels { get; }

        public int Threads => _session.Threads.Count;

        public double Time(int runs)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < runs; i++)
            {
                _run.Run();
            }

            return Stopwatch.GetElapsedTime(start).TotalSeconds / runs;
        }

        public double LargestDifference(Contestant other)
        {
            _run.Run();
            other._run.Run();
            double largest = 0;
            for (int trial = 0; trial < Batch; trial++)
            {
                for (int bin = 0; bin < Bins; bin++)
                {
                    for (int channel = 0; channel < Channels; channel++)
                    {
                        largest = Math.Max(largest, Math.Abs(At(trial, bin, channel) - other.At(trial, bin, channel)));
                    }
                }
            }

            return largest;
        }

        public void Dispose() => _session.Dispose();

        private float At(int trial, int bin, int channel) => _run.Output<float>(_logRates)[Index(trial, bin, channel)];

        private int Index(int trial, int bin, int channel) =>
            _isChannelsLast ? (((trial * Bins) + bin) * Channels) + channel : (((trial * Channels) + channel) * Bins) + bin;

        /// <summary>Sparse counts, the same for every contestant whatever its order of axes.</summary>
        private float[] Counts(int batch, int bins)
        {
            var rng = new Rng(1, "counts");
            var counts = new float[batch * bins * Channels];
            for (int trial = 0; trial < batch; trial++)
            {
                for (int bin = 0; bin < bins; bin++)
                {
                    for (int channel = 0; channel < Channels; channel++)
                    {
                        double u = rng.NextDouble();
                        counts[Index(trial, bin, channel)] = u > 0.98 ? 2 : u > 0.85 ? 1 : 0;
                    }
                }
            }

            return counts;
        }
    }
}

/// <summary>What was measured.</summary>
/// <param name="Batch">Trials per run.</param>
/// <param name="Bins">Bins per trial.</param>
/// <param name="Channels">Channels.</param>
/// <param name="Threads">Threads of each session.</param>
/// <param name="Blocks">Blocks of each model.</param>
/// <param name="MsA">Median milliseconds per run of A.</param>
/// <param name="MsB">The same of B.</param>
/// <param name="Ratio">B's time over A's: above 1, A is faster.</param>
/// <param name="RatioQuiet">The same of the tenth percentiles: nearer the truth on a machine that does other work.</param>
/// <param name="LargestDifference">Largest absolute difference of the log-rates; models of the same weights agree to rounding.</param>
public sealed record InferenceTimes(
    int Batch, int Bins, int Channels, int Threads, int Blocks, double MsA, double MsB, double Ratio, double RatioQuiet, double LargestDifference);
