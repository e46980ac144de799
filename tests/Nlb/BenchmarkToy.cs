using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Tests.Nlb;

/// <summary>Numbers with a shape, row-major.</summary>
internal sealed record ToyArray(long[] Shape, double[] Values)
{
    public Span<double> Row(int row, int width) => Values.AsSpan(row * width, width);
}

/// <summary>A target and a submission small enough to spoil: 3 held-in and 2 held-out units whose rates follow velocity.</summary>
internal sealed class BenchmarkToy
{
    public const int TrainTrials = 6, EvalTrials = 4, Bins = 8;

    private const int ForwardBins = 4, HeldIn = 3, HeldOut = 2;

    public BenchmarkToy()
    {
        var rng = new Rng(11, "benchmark toy");
        foreach ((string half, int trials) in new[] { ("train", TrainTrials), ("eval", EvalTrials) })
        {
            Target[half + "_behavior"] = Make(rng, trials, Bins, 2, (rng, _) => rng.NextNormal());
            Target[half + "_decode_mask"] = new ToyArray([trials, 1], [.. Enumerable.Repeat(1.0, trials)]);
            foreach ((string units, int count) in new[] { ("heldin", HeldIn), ("heldout", HeldOut) })
            {
                ToyArray behavior = Target[half + "_behavior"];
                Submission[$"{half}_rates_{units}"] = Make(rng, trials, Bins, count, (rng, i) => 1 + (0.2 * Math.Tanh(behavior.Values[i / count * 2] + rng.NextNormal())));
            }
        }

        Target["eval_spikes_heldout"] = Spikes(rng, "eval_rates_heldout");
        foreach ((string units, int count) in new[] { ("heldin", HeldIn), ("heldout", HeldOut) })
        {
            Submission[$"eval_rates_{units}_forward"] = Make(rng, EvalTrials, ForwardBins, count, (rng, _) => 0.5 + rng.NextDouble());
            Target[$"eval_spikes_{units}_forward"] = Spikes(rng, $"eval_rates_{units}_forward");
        }

        Target["psth"] = Make(rng, 2, Bins, HeldIn + HeldOut, (rng, _) => 1 + (0.1 * rng.NextNormal()));
        Target["eval_cond_idx"] = new ToyArray([], []); // Stands for Conditions.
    }

    public string[] Groups { get; set; } = ["mc_maze"];

    public int[][] Conditions { get; set; } = [[0, 1, 3], [2]];

    public bool HasPlainConditions { get; set; }

    public Dictionary<string, ToyArray> Target { get; } = [];

    public Dictionary<string, ToyArray> Submission { get; } = [];

    public void Write(string targetPath, string submissionPath)
    {
        using Hdf5File target = Hdf5File.Create(targetPath);
        using Hdf5File submission = Hdf5File.Create(submissionPath);
        foreach (string group in Groups)
        {
            foreach ((string key, ToyArray array) in Target)
            {
                WriteTarget(target, $"/{group}/{key}", array);
            }

            foreach ((string key, ToyArray array) in Submission)
            {
                submission.Write<double>($"/{group}/{key}", array.Shape, array.Values);
            }
        }
    }

    private void WriteTarget(Hdf5File file, string path, ToyArray array)
    {
        if (path.EndsWith("eval_cond_idx", StringComparison.Ordinal))
        {
            if (HasPlainConditions)
            {
                file.Write<int>(path, [Conditions.Length, Conditions[0].Length], [.. Conditions.SelectMany(c => c)]);
            }
            else
            {
                file.WriteRaggedIntegers(path, Conditions);
            }
        }
        else if (path.EndsWith("_mask", StringComparison.Ordinal))
        {
            file.WriteBooleans(path, array.Shape, [.. array.Values.Select(v => v == 1)]);
        }
        else
        {
            file.Write<double>(path, array.Shape, array.Values);
        }
    }

    private static ToyArray Make(Rng rng, int trials, int bins, int units, Func<Rng, int, double> value) =>
        new([trials, bins, units], [.. Enumerable.Range(0, trials * bins * units).Select(i => value(rng, i))]);

    private ToyArray Spikes(Rng rng, string rates) =>
        new(Submission[rates].Shape, [.. Submission[rates].Values.Select(rate => (double)rng.NextPoisson(rate))]);
}
