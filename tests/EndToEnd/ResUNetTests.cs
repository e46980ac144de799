using UnetSpikes.App;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Infer;
using UnetSpikes.Tests.Train;
using Xunit;

namespace UnetSpikes.Tests.EndToEnd;

/// <summary>A residual network from its configuration to rates, and what a model that needs whole trials refuses.</summary>
public sealed class ResUNetTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_model_that_averages_over_trials_says_so_and_takes_no_pieces()
    {
        Trained("MODEL.NORM=group");

        (_, string inspected, _) = Run("inspect", Model);
        Assert.Contains("whole trials only", inspected, StringComparison.Ordinal);
        Assert.Equal(0, Infer().Code);

        (int code, _, string error) = Infer("--window", "10", "--force");
        Assert.Equal(ExitCode.Data, code);
        Assert.Contains("has trials of 20 bins, expected at most the 10 of --window", error, StringComparison.Ordinal);
    }

    [Fact]
    public void So_does_one_of_ConvNeXts_blocks()
    {
        Trained("MODEL.BLOCK=convnext", "MODEL.DROPOUT=0.2", "MODEL.FILM=true");

        Assert.Equal(BlockKind.ConvNext, _tiny.Best("run").Model.ResUNet!.Block);
        (_, string inspected, _) = Run("inspect", Model);
        Assert.Contains("block=convnext", inspected, StringComparison.Ordinal);
        Assert.Contains("whole trials only", inspected, StringComparison.Ordinal);
        Assert.Equal(0, Infer().Code);
        Assert.Equal(ExitCode.Data, Infer("--window", "10", "--force").Code);
    }

    [Fact]
    public void A_model_with_a_code_takes_trials_of_its_own_length_only()
    {
        Trained("MODEL.CODE=4", "MODEL.DROPOUT_CODE=0.3", "MODEL.FILM=true");
        Assert.Equal(0, Infer().Code);

        using var recordings = new TestRecordings();
        string shorter = recordings.Write("shorter.h5", 20, null, ("spikes", new TrialTensor(2, 18, 6)));
        (int code, _, string error) = Run("infer", "--model", Model, "--input", shorter, "--out", _tiny.File("rates"), "--quiet");

        Assert.Equal(ExitCode.Data, code);
        Assert.Contains("has trials of 18 bins, expected the 20 that the model was trained on", error, StringComparison.Ordinal);
    }

    /// <summary>Attention across bins takes trials of any length, unless their places are learnt; across channels the bins are features.</summary>
    [Theory]
    [InlineData(ExitCode.Success, "MODEL.TOP=time", "MODEL.POSITIONS=relative")]
    [InlineData(ExitCode.Data, "MODEL.TOP=time", "MODEL.POSITIONS=learned")]
    [InlineData(ExitCode.Data, "MODEL.TOP=space")]
    [InlineData(ExitCode.Data, "MODEL.TOP=both")]
    public void A_model_that_attends_at_the_top_takes_whole_trials(int ofAnotherLength, params string[] settings)
    {
        Trained(settings);

        Assert.Equal(0, Infer().Code);
        Assert.Equal(ExitCode.Data, Infer("--window", "10", "--force").Code);
        using var recordings = new TestRecordings();
        string shorter = recordings.Write("shorter.h5", 20, null, ("spikes", new TrialTensor(2, 18, 6)));
        (int code, _, string error) = Run("infer", "--model", Model, "--input", shorter, "--out", _tiny.File("rates"), "--quiet");
        Assert.True(code == ofAnotherLength, error);
    }

    [Fact]
    public void One_that_does_not_is_run_in_pieces()
    {
        Trained("MODEL.NORM=layer", "MODEL.CAUSAL=true");

        using var session = new OnnxSession(File.ReadAllBytes(Model), new SessionSettings { Threads = 1 });
        Assert.Equal(0, ModelMetadata.FromDictionary(Model, session.Metadata).ReceptiveFieldRight);
        Assert.Equal(0, Infer("--window", "10").Code);
    }

    private string Model => _tiny.File("model.onnx");

    private void Trained(params string[] settings)
    {
        (int code, _, string error) = _tiny.Train("run", 3, ["--bin-ms", "20", .. ((string[])["MODEL.NAME=resunet", .. settings]).SelectMany(s => (string[])["--set", s])]);
        Assert.True(code == 0, error);
        (code, _, error) = Run("export", "--checkpoint", Path.Combine(_tiny.File("run"), "best.safetensors"), "--out", Model, "--quiet");
        Assert.True(code == 0, error);
    }

    private (int Code, string Output, string Error) Infer(params string[] more) =>
        Run(["infer", "--model", Model, "--input", _tiny.Data, "--out", _tiny.File("rates"), "--quiet", "--threads", "1", "--device", "cpu", .. more]);

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(RootVerbs.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
