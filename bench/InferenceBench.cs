using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using ElementType = UnetSpikes.Runtime.ElementType;

namespace UnetSpikes.Bench;

/// <summary>Times an exported model beside torch.onnx's export of the same weights: one process, one runtime, alternating.</summary>
/// <remarks>
/// What: a run with its inputs and outputs bound, counts already in the input buffer. Not: loading, copying counts in.
/// Blocks of about 5 ms of each model take turns, so that the machine's other work moves both alike; the ratio is the
/// median over pairs of blocks. One thread.
/// </remarks>
internal static class InferenceBench
{
    private const double BlockSeconds = 0.005;
    private const double WarmUpSeconds = 0.2;

    /// <summary>Prints one JSON object.</summary>
    /// <param name="args">
    /// FILE of weights (safetensors, arrays named as PyTorch names them), layers,channels,latent, torch.onnx's model of
    /// [batch, channel, bin], batch, bins, seconds; then, if not auto, the form.
    /// </param>
    public static int Run(string[] args)
    {
        int[] sizes = [.. args[1].Split(',').Select(Whole)];
        SafetensorsFile file = Safetensors.Read(args[0]);
        SpikeNetwork network = new ModelOptions { Layers = sizes[0], Channels = sizes[1], LatentDim = sizes[2] }.Build();
        ModelForm form = args.Length > 6 ? Enum.Parse<ModelForm>(args[6], ignoreCase: true) : ModelForm.Auto;
        IReadOnlyDictionary<string, NamedArray> weights = FoldedWeights.Fold(
            network, network.Parameters.Flatten(file.Arrays, args[0]), network.RunningStatistics.Flatten(file.Arrays, args[0]));
        byte[] model = GraphWriter.ToBytes(InferenceGraph.Build(network, weights, form));

        (int batch, int bins) = (Whole(args[3]), Whole(args[4]));
        using var ours = new Contestant("ours", model, batch, bins, sizes[1], isChannelsLast: true);
        using var other = new Contestant("torch.onnx", File.ReadAllBytes(args[2]), batch, bins, sizes[1], isChannelsLast: false);
        Console.WriteLine(JsonSerializer.Serialize(Measure(ours, other, double.Parse(args[5], CultureInfo.InvariantCulture))));
        return 0;
    }

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Alternates blocks of runs of two models.</summary>
    private static Dictionary<string, double> Measure(Contestant ours, Contestant other, double seconds)
    {
        (int runsOurs, int runsOther) = (RunsPerBlock(ours), RunsPerBlock(other));
        List<double> oursMs = [], otherMs = [];
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds || oursMs.Count < 5;)
        {
            oursMs.Add(ours.Time(runsOurs) * 1e3);
            otherMs.Add(other.Time(runsOther) * 1e3);
        }

        double[] ratios = [.. otherMs.Zip(oursMs, (b, a) => b / a)];
        return new()
        {
            ["ours_ms"] = Quantile(oursMs, 0.5),
            ["other_ms"] = Quantile(otherMs, 0.5),
            ["ratio"] = Quantile(ratios, 0.5),
            ["ratio_min"] = ratios.Min(),
            ["ratio_max"] = ratios.Max(),
            // Of the fastest tenth of blocks: nearer the truth on a machine that does other work.
            ["ratio_undisturbed"] = Quantile(otherMs, 0.1) / Quantile(oursMs, 0.1),
            ["largest_difference"] = ours.LargestDifference(other),
        };
    }

    private static int RunsPerBlock(Contestant contestant)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < WarmUpSeconds;)
        {
            contestant.Time(1);
        }

        return (int)Math.Max(1, BlockSeconds / contestant.Time(3));
    }

    private static double Quantile(IEnumerable<double> values, double q)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Round(q * (sorted.Length - 1))];
    }

    /// <summary>A model with bound buffers, holding the same counts as the other whatever its order of axes.</summary>
    private sealed class Contestant : IDisposable
    {
        private readonly (int Batch, int Bins, int Channels) _sizes;
        private readonly bool _isChannelsLast;
        private readonly OnnxSession _session;
        private readonly BoundRun _run;
        private readonly string _logRates;

        public Contestant(string name, byte[] model, int batch, int bins, int channels, bool isChannelsLast)
        {
            (_sizes, _isChannelsLast) = ((batch, bins, channels), isChannelsLast);
            _session = new OnnxSession(model, new SessionSettings { Name = name, Threads = 1 });
            string input = _session.Inputs[0].Name;
            _logRates = isChannelsLast ? InferenceGraph.LogRates : _session.Outputs[0].Name;
            long[] shape = isChannelsLast ? [batch, bins, channels] : [batch, channels, bins];
            float[] counts = Counts();
            IReadOnlyDictionary<string, HostTensor> once = _session.Run(new Dictionary<string, HostTensor> { [input] = HostTensor.Of(counts, shape) });
            _run = new BoundRun(
                _session,
                [new TensorSpec(input, ElementType.Float, shape)],
                [.. once.Select(o => new TensorSpec(o.Key, ElementType.Float, [.. o.Value.Shape]))]);
            counts.CopyTo(_run.Input<float>(input));
        }

        /// <summary>Seconds per run.</summary>
        public double Time(int runs)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < runs; i++)
            {
                _run.Run();
            }

            return Stopwatch.GetElapsedTime(start).TotalSeconds / runs;
        }

        /// <summary>Models of the same weights agree to rounding: says that the same thing was timed.</summary>
        public double LargestDifference(Contestant other)
        {
            _run.Run();
            other._run.Run();
            return Entries().Max(e => Math.Abs((double)_run.Output<float>(_logRates)[Index(e)] - other._run.Output<float>(other._logRates)[other.Index(e)]));
        }

        public void Dispose() => _session.Dispose();

        private float[] Counts()
        {
            var rng = new Rng(1, "counts");
            var counts = new float[_sizes.Batch * _sizes.Bins * _sizes.Channels];
            foreach ((int, int, int) entry in Entries())
            {
                double u = rng.NextDouble();
                counts[Index(entry)] = u > 0.98 ? 2 : u > 0.85 ? 1 : 0;
            }

            return counts;
        }

        private IEnumerable<(int Trial, int Bin, int Channel)> Entries() =>
            from trial in Enumerable.Range(0, _sizes.Batch)
            from bin in Enumerable.Range(0, _sizes.Bins)
            from channel in Enumerable.Range(0, _sizes.Channels)
            select (trial, bin, channel);

        private int Index((int Trial, int Bin, int Channel) e) => _isChannelsLast
            ? (((e.Trial * _sizes.Bins) + e.Bin) * _sizes.Channels) + e.Channel
            : (((e.Trial * _sizes.Channels) + e.Channel) * _sizes.Bins) + e.Bin;
    }
}
