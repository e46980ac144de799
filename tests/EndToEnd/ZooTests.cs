using UnetSpikes.Core;
using UnetSpikes.Data.Synthetic;
using UnetSpikes.Infer;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Architecture;
using Xunit;

namespace UnetSpikes.Tests.EndToEnd;

/// <summary>The models that ship with the product: small, verified, with their cards, and as good as those say.</summary>
public class ZooTests
{
    private const int LargestBytes = 2_000_000;

    private static readonly string Zoo = Path.Combine(SourceTree.Root, "models", "zoo");

    private static readonly string[] Models = [.. Directory.GetFiles(Zoo, "*.onnx").Select(path => Path.GetFileNameWithoutExtension(path)).Order()];

    public static TheoryData<string> Names => [.. Models];

    [Fact]
    public void Both_benchmarks_have_a_model_of_trials_and_one_of_any_length() => Assert.Equal(["chaotic", "chaotic_unet", "lorenz", "lorenz_unet"], Models);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_is_small_and_verified_and_its_card_is_its_own(string name)
    {
        using var model = SpikeModel.Open(Path.Combine(Zoo, name + ".onnx"), "cpu", threads: 1);

        Assert.InRange(new FileInfo(model.Path).Length, 1, LargestBytes);
        VerificationSummary report = VerificationSummary.Of(model.Metadata)!;
        Assert.True(report.Cases >= 10 && report.Tolerance <= 1e-5, report.ToString());
        Assert.Contains("validation trials of", report.Data, StringComparison.Ordinal);
        Assert.Equal("MIT", model.Metadata.Licence);
        Assert.Equal(name.EndsWith("_unet", StringComparison.Ordinal), !model.Metadata.NeedsTrials);
        Assert.Equal(File.ReadAllText(Path.Combine(Zoo, name + ".md")), ModelCard.Markdown(model.Metadata, name + ".onnx"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void On_counts_it_has_not_seen_a_model_is_as_good_as_its_card_says(string name)
    {
        using var model = SpikeModel.Open(Path.Combine(Zoo, name + ".onnx"), "cpu", threads: 1);
        // The network that made the training data (its seed), fewer trials of it, their spikes drawn anew.
        Simulation simulation = name.StartsWith("lorenz", StringComparison.Ordinal)
            ? LorenzSimulator.Run(new LorenzOptions { Seed = 1, Trials = 325, Repeats = 5 })
            : ChaoticRnnSimulator.Run(new ChaoticRnnOptions { Seed = 1, Trials = 260, Repeats = 2 });
        TrialTensor truth = simulation.Dataset.Valid.Rates!;
        TrialTensor counts = Drawn(truth, seed: 99);

        HostTensor rates = model.Session.Run(new Dictionary<string, HostTensor> { [SpikeModel.Spikes] = HostTensor.Of(counts.Values, counts.Trials, counts.Bins, counts.Units) }, [SpikeModel.Rates])[SpikeModel.Rates];
        double r2 = RateScores.Compute(truth, new TrialTensor(truth.Trials, truth.Bins, truth.Units, rates.Values<float>())).R2Uniform;

        // 65 and 130 trials in place of 312 and 260.
        Assert.Equal(model.Metadata.Scores.Single(score => score.Name == "r2_uniform").Value, r2, 0.03);
    }

    private static TrialTensor Drawn(TrialTensor rates, ulong seed)
    {
        var rng = new Rng(seed, "counts of the zoo's tests");
        var counts = new TrialTensor(rates.Trials, rates.Bins, rates.Units);
        for (int i = 0; i < counts.Values.Length; i++)
        {
            counts.Values[i] = rng.NextPoisson(rates.Values[i]);
        }

        return counts;
    }
}
