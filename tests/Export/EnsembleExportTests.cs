using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>Several networks as one model: its log-rates are the mean of theirs.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class EnsembleExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ensemble").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ModelForm.Batch)]
    [InlineData(ModelForm.Latency)]
    [InlineData(ModelForm.Auto)]
    public void Log_rates_are_the_mean_of_the_members_and_latents_stand_side_by_side(ModelForm form)
    {
        Checkpoint[] members = [Member(1), Member(2), Member(3, new ModelOptions { Channels = 6, Layers = 3, LatentDim = 5 })];
        TrialTensor counts = VerificationData.Synthetic(6).Window(7, 33);
        float[][] each = [.. members.Select(member => Outputs(ExportFixtures.Bytes(member, form), counts)[InferenceGraph.LogRates].Values<float>())];
        double[] expected = [.. Enumerable.Range(0, each[0].Length).Select(i => each.Average(of => (double)of[i]))];

        IReadOnlyDictionary<string, HostTensor> outputs = Outputs(
            Onnx(members, form), counts);

        float[] logRates = outputs[InferenceGraph.LogRates].Values<float>();
        Assert.True(logRates.Zip(expected, (a, b) => Math.Abs(a - b)).Max() < 1e-5);
        Assert.True(logRates.Zip(each[0], (a, b) => Math.Abs(a - b)).Max() > 1e-2, "the members are alike");
        Assert.Equal([7, 33, 4 + 4 + 5], outputs[InferenceGraph.Latents].Shape);
    }

    [Fact]
    public void An_ensembles_folder_or_several_checkpoints_become_one_verified_model()
    {
        Checkpoint[] members = [Member(1), Member(2)];
        string[] files = [Save(members[0], "runs/member-1"), Save(members[1], "runs/member-2")];
        string model = Path.Combine(_folder, "a.onnx"), same = Path.Combine(_folder, "b.onnx");

        (int code, _, string error) = Run("--checkpoint", Path.Combine(_folder, "runs"), "--out", model);
        Assert.True(code == 0, error);
        (code, _, error) = Run("--checkpoint", files[0], "--checkpoint", files[1], "--out", same);
        Assert.True(code == 0, error);

        TrialTensor counts = VerificationData.Synthetic(6).Window(5, 20);
        float[] logRates = Outputs(File.ReadAllBytes(model), counts)[InferenceGraph.LogRates].Values<float>();
        Assert.Equal(logRates, Outputs(File.ReadAllBytes(same), counts)[InferenceGraph.LogRates].Values<float>());
        using OnnxSession session = ExportFixtures.Session(File.ReadAllBytes(model));
        ModelMetadata metadata = ModelMetadata.FromDictionary(model, session.Metadata);
        Assert.Equal("ensemble of 2, mean log-rate: unet layers=2 dim=6 latent=4 upsample=linear", metadata.Architecture);
        Assert.Equal(members[0].Model.Build().ReceptiveField.Left, metadata.ReceptiveFieldLeft);
    }

    [Fact]
    public void The_verification_finds_a_member_that_is_missing()
    {
        Checkpoint[] members = [Member(1), Member(2)];
        var verification = new Verification(members, VerificationData.Synthetic(6), atol: 1e-5, threads: 1);

        Assert.Null(verification.Check("both", Onnx(members, ModelForm.Auto)).Problem);
        Assert.Contains("differ from the checkpoint's", verification.Check("one", Onnx(members[..1], ModelForm.Auto)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ensemble_needs_whole_trials_where_a_member_does_and_takes_one_length_of_them()
    {
        ModelOptions Coded(int bins) => new()
        {
            Architecture = UnetSpikes.Models.Architecture.ResUNet,
            Channels = 6,
            Layers = 1,
            LatentDim = 4,
            ResUNet = new() { Code = 3, TrialBins = bins },
        };
        string plain = Save(Member(1), "plain"), coded = Save(Member(2, Coded(20)), "coded"), longer = Save(Member(3, Coded(21)), "longer");
        string model = Path.Combine(_folder, "trials.onnx");

        (int code, _, string error) = Run("--checkpoint", plain, coded, "--out", model);
        Assert.True(code == 0, error);
        using OnnxSession session = ExportFixtures.Session(File.ReadAllBytes(model));
        ModelMetadata metadata = ModelMetadata.FromDictionary(model, session.Metadata);
        Assert.Equal((true, 20, 20), (metadata.NeedsTrials, metadata.TrialBins, metadata.MinimumBins));

        (code, _, error) = Run("--checkpoint", plain, coded, longer, "--out", Path.Combine(_folder, "x.onnx"));
        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("is for trials of 21 bins, expected the 20 of", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_of_other_data_are_not_averaged_and_an_empty_folder_is_refused()
    {
        string first = Save(Member(1), "one"), other = Save(Member(2) with { Data = Data(fingerprint: '1') }, "two");
        Directory.CreateDirectory(Path.Combine(_folder, "empty"));

        (int code, _, string error) = Run("--checkpoint", first, other, "--out", Path.Combine(_folder, "x.onnx"));
        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("to be averaged", error, StringComparison.Ordinal);
        (code, _, error) = Run("--checkpoint", Path.Combine(_folder, "empty"), "--out", Path.Combine(_folder, "x.onnx"));
        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("best.safetensors", error, StringComparison.Ordinal);
    }

    private static TrainingData Data(char fingerprint = '0') => new("nowhere.h5", new string(fingerprint, 64), 20, SpikeDataset.NumberedUnits(6));

    private static Checkpoint Member(ulong seed, ModelOptions? model = null) => ExportFixtures.Small(model, Data(), seed);

    private static byte[] Onnx(Checkpoint[] members, ModelForm form) =>
        UnetSpikes.Onnx.GraphWriter.ToBytes(InferenceGraph.Build([.. members.Select(FoldedNetwork.Of)], form));

    private static IReadOnlyDictionary<string, HostTensor> Outputs(byte[] model, TrialTensor counts)
    {
        using OnnxSession session = ExportFixtures.Session(model);
        return ExportFixtures.Run(session, counts);
    }

    private string Save(Checkpoint checkpoint, string run)
    {
        string path = Path.Combine(_folder, run, "best.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        checkpoint.Save(path);
        return path;
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(ExportCommand.Create(), [.. arguments, "--threads", "1"], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
