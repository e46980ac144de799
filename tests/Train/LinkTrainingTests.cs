using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Export;
using UnetSpikes.Infer;
using UnetSpikes.Models;
using UnetSpikes.Models.Links;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>Every link trains, and its model goes through export and inference.</summary>
public sealed class LinkTrainingTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("exp")]
    [InlineData("softplus")]
    [InlineData("log1p_exp", "MODEL.LINK_SCALE=0.1", "MODEL.LINK_LEARNABLE=true")]
    [InlineData("identity")]
    public void A_link_trains_exports_and_infers(string link, params string[] settings)
    {
        string[] set = [.. settings.Prepend("MODEL.LINK=" + link).SelectMany(s => (string[])["--set", s])];
        double atFirst = TinyRun.LastLine(_tiny.Train("start", 1, set).Output).GetProperty("bits_per_spike").GetDouble();
        (int code, string output, string error) = _tiny.Train("run", 150, [.. set, "--lr", "0.02", "--set", "TRAIN.LR.WARMUP=10"]);

        Assert.True(code == 0, error);
        JsonElement result = TinyRun.LastLine(output);
        Assert.True(result.GetProperty("bits_per_spike").GetDouble() > atFirst + 0.03, $"{atFirst} at first, {output}");
        string model = _tiny.File("model.onnx"), rates = _tiny.File("rates");
        Assert.Equal(0, Run(ExportCommand.Create(), "--checkpoint", result.GetProperty("checkpoint").GetString()!, "--out", model, "--data", _tiny.Data, "--threads", "1", "--quiet"));
        Assert.Equal(0, Run(InferCommand.Create(), "--model", model, "--input", _tiny.Data, "--out", rates, "--threads", "1", "--quiet"));
        SpikeSplit valid = LfadsFile.Read(_tiny.Data).Valid;
        TrialTensor inferred = RatesFile.Read(Directory.GetFiles(rates).Single()).Arrays["valid_rates"];
        Assert.Equal(result.GetProperty("r2_uniform").GetDouble(), RateScores.Compute(valid.Rates!, inferred).R2Uniform, 1e-4);
    }

    [Fact]
    public void A_learnt_scale_moves_and_resuming_goes_on_with_it()
    {
        string[] set = ["--set", "MODEL.LINK=log1p_exp", "--set", "MODEL.LINK_LEARNABLE=true"];
        _tiny.Train("whole", 30, set);
        _tiny.Train("halves", 15, set);
        _tiny.Resume("halves", 30);

        Checkpoint last = _tiny.Last("whole");
        float learnt = last.Parameters[last.Model.Build().Parameters.Offset(Log1pExpLink.LogScale)];
        Assert.True(Math.Abs(learnt) > 1e-4, $"{learnt}");
        Assert.Equal(last.Parameters, _tiny.Last("halves").Parameters);
    }

    [Theory]
    [InlineData("MODEL.LINK_SCALE=2", "MODEL.LINK_SCALE")]
    [InlineData("MODEL.LINK_LEARNABLE=true", "MODEL.LINK_LEARNABLE")]
    [InlineData("MODEL.LINK_BETA=2", "MODEL.LINK_BETA")]
    [InlineData("MODEL.LINK=relu", "MODEL.LINK")]
    public void A_number_without_its_link_is_a_usage_error(string setting, string key)
    {
        (int code, _, string error) = _tiny.Train("run", 1, "--set", setting);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(key, error, StringComparison.Ordinal);
    }

    private static int Run(System.CommandLine.Command command, params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(command, arguments, output, error);
        Assert.True(code == 0, error.ToString());
        return code;
    }
}
