using UnetSpikes.App;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Infer;
using UnetSpikes.Tests.Train;
using Xunit;

namespace UnetSpikes.Tests.EndToEnd;

/// <summary>A transformer from its configuration to rates, and what one that knows places in a trial refuses.</summary>
public sealed class NdtTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_model_with_learnt_positions_takes_trials_of_its_own_length_only()
    {
        Trained();
        (int inspecting, string inspected, string problem) = Run("inspect", Model);
        Assert.True(inspecting == 0, problem);
        Assert.Contains("whole trials only, of 20 bins", inspected, StringComparison.Ordinal);
        Assert.Equal(0, Infer(_tiny.Data).Code);

        using var recordings = new TestRecordings();
        (int code, _, string error) = Infer(recordings.Write("longer.h5", 20, null, ("spikes", new TrialTensor(2, 22, 6))));

        Assert.Equal(ExitCode.Data, code);
        Assert.Contains("has trials of 22 bins, expected the 20 that the model was trained on", error, StringComparison.Ordinal);
    }

    [Fact]
    public void One_with_distances_and_a_limited_context_is_run_in_pieces()
    {
        Trained("MODEL.POSITIONS=relative", "MODEL.NUM_LAYERS=1", "MODEL.CONTEXT_FORWARD=0", "MODEL.CONTEXT_BACKWARD=3");

        using var session = new OnnxSession(File.ReadAllBytes(Model), new SessionSettings { Threads = 1 });
        ModelMetadata metadata = ModelMetadata.FromDictionary(Model, session.Metadata);
        Assert.Equal((3, 0, false), (metadata.ReceptiveFieldLeft, metadata.ReceptiveFieldRight, metadata.NeedsTrials));
        Assert.Equal(0, Infer(_tiny.Data, "--window", "10").Code);
    }

    [Fact]
    public void One_that_looks_at_the_whole_trial_takes_no_pieces()
    {
        Trained("MODEL.POSITIONS=none", "MODEL.CONTEXT_BACKWARD=-1");

        (int code, _, string error) = Infer(_tiny.Data, "--window", "10");
        Assert.Equal(ExitCode.Data, code);
        Assert.Contains("has trials of 20 bins, expected at most the 10 of --window", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Heads_that_do_not_divide_the_datas_width_are_refused_before_anything_is_written()
    {
        (int code, _, string error) = _tiny.Train("run", 3, "--set", "MODEL.NAME=ndt", "--set", "MODEL.NUM_HEADS=5");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("num_heads is 5, expected a divisor of the width of 12", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tiny.File("run")));
    }

    private string Model => _tiny.File("model.onnx");

    private void Trained(params string[] settings)
    {
        string[] all = ["MODEL.NAME=ndt", "MODEL.HIDDEN_SIZE=8", .. settings];
        (int code, _, string error) = _tiny.Train("run", 3, ["--bin-ms", "20", .. all.SelectMany(s => (string[])["--set", s])]);
        Assert.True(code == 0, error);
        (code, _, error) = Run("export", "--checkpoint", Path.Combine(_tiny.File("run"), "best.safetensors"), "--out", Model, "--quiet");
        Assert.True(code == 0, error);
    }

    private (int Code, string Output, string Error) Infer(string input, params string[] more) =>
        Run(["infer", "--model", Model, "--input", input, "--out", _tiny.File("rates"), "--quiet", "--threads", "1", "--device", "cpu", .. more]);

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(RootVerbs.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
