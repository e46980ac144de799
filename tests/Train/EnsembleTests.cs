using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Train;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>Members that differ in their seed, each a run of its own, and the scores of the mean of their log-rates.</summary>
public sealed class EnsembleTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Members_are_runs_with_seeds_of_their_own_and_the_ensemble_has_scores()
    {
        (int code, string output, string error) = _tiny.Train("pair", 20, "--ensemble", "2", "--seed", "5");

        Assert.True(code == 0, error);
        JsonElement result = TinyRun.LastLine(output);
        Assert.Equal([5, 6], result.GetProperty("members").EnumerateArray().Select(m => m.GetProperty("seed").GetInt32()));
        Assert.Contains("ensemble (mean log-rate)", output, StringComparison.Ordinal);
        Assert.Equal(result.ToString(), JsonDocument.Parse(File.ReadAllText(Path.Combine(_tiny.File("pair"), "result.json"))).RootElement.ToString().ReplaceLineEndings(""), IgnoringSpace);

        _tiny.Train("alone", 20, "--seed", "6");
        Assert.Equal(_tiny.Last("alone").Parameters, _tiny.Last("pair/member-2").Parameters);
        Assert.NotEqual(_tiny.Last("pair/member-1").Parameters, _tiny.Last("pair/member-2").Parameters);
        Assert.True(File.Exists(Path.Combine(_tiny.File("pair"), "member-1", "result.json")));
    }

    [Fact]
    public void A_member_begun_after_the_scores_is_no_part_of_the_ensemble()
    {
        _tiny.Train("pair", 5, "--ensemble", "2");
        _tiny.Train("pair/member-3", 5, "--seed", "3");

        Assert.Equal(2, TrainedNetworks.Load([_tiny.File("pair")]).Members.Count);
    }

    /// <summary>Against the definition: R² of exp(mean log-rate), the log-rates of each member inferred alone.</summary>
    [Fact]
    public void What_is_scored_is_the_mean_of_the_log_rates()
    {
        (_, string output, _) = _tiny.Train("pair", 30, "--ensemble", "2", "--lr", "0.02");
        SpikeDataset data = LfadsFile.Read(_tiny.Data);
        Checkpoint[] members = [_tiny.Best("pair/member-1"), _tiny.Best("pair/member-2")];
        using var validation = new Validation(members[0].Model.Build(), data.Valid, new TrainOptions { DataFile = "" }, Filling.Of(MaskFill.Zero, data.Train.Counts), Device.Cpu, threads: 1);

        TrialTensor[] each = [.. members.Select(member => validation.Predict([NetworkState.Of(member)]).LogRates)];
        float[] rates = [.. each[0].Values.Zip(each[1].Values, (a, b) => MathF.Exp((a + b) / 2))];
        RateScores expected = RateScores.Compute(data.Valid.Rates!, new TrialTensor(each[0].Trials, each[0].Bins, each[0].Units, rates));

        JsonElement result = TinyRun.LastLine(output);
        Assert.Equal(expected.R2Uniform, result.GetProperty("r2_uniform").GetDouble(), 1e-5);
        Assert.All(result.GetProperty("members").EnumerateArray(), m => Assert.NotEqual(expected.R2Uniform, m.GetProperty("r2_uniform").GetDouble(), 1e-5));
    }

    [Fact]
    public void Resuming_skips_finished_members_goes_on_with_begun_ones_and_adds_missing_ones()
    {
        _tiny.Train("whole", 20, "--ensemble", "3");
        _tiny.Train("parts", 20, "--ensemble", "2");
        string first = Path.Combine(_tiny.File("parts"), "member-1", "last.safetensors"), second = Path.Combine(_tiny.File("parts"), "member-2");
        DateTime written = File.GetLastWriteTimeUtc(first);
        Directory.Delete(second, recursive: true);
        _tiny.Train("parts/member-2", 12, "--seed", "2");

        (int code, string output, string error) = _tiny.Resume("parts", 20, "--ensemble", "3");

        Assert.True(code == 0, error);
        Assert.Equal(written, File.GetLastWriteTimeUtc(first));
        Assert.Equal(20, _tiny.Last("parts/member-2").Step);
        for (int member = 1; member <= 3; member++)
        {
            Assert.Equal(_tiny.Last($"whole/member-{member}").Parameters, _tiny.Last($"parts/member-{member}").Parameters);
        }

        Assert.Equal(3, TinyRun.LastLine(output).GetProperty("members").GetArrayLength());
    }

    [Fact]
    public void A_folder_with_members_is_replaced_only_by_force()
    {
        Assert.Equal(0, _tiny.Train("pair", 5, "--ensemble", "2").Code);

        (int code, _, string error) = _tiny.Train("pair", 5, "--ensemble", "2");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("holds a run already", error, StringComparison.Ordinal);
        Assert.Equal(0, _tiny.Train("pair", 6, "--ensemble", "2", "--force").Code);
        Assert.Equal(ExitCode.Usage, _tiny.Train("none", 5, "--ensemble", "0").Code);
        Assert.Equal(ExitCode.Usage, _tiny.Resume("none", 5, "--ensemble", "2").Code);
    }

    private static bool IgnoringSpace(string a, string b) => string.Concat(a.Where(c => !char.IsWhiteSpace(c))) == string.Concat(b.Where(c => !char.IsWhiteSpace(c)));
}
