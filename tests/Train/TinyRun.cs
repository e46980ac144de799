using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Data;
using UnetSpikes.Data.Synthetic;
using UnetSpikes.Models;
using UnetSpikes.Tests.Data;
using UnetSpikes.Train;

namespace UnetSpikes.Tests.Train;

/// <summary>The tool in process, on a simulated data set and a network so small that a step takes a fraction of a millisecond.</summary>
internal sealed class TinyRun : IDisposable
{
    private static readonly string[] Small =
    [
        "MODEL.NUM_LAYERS=2", "MODEL.LATENT_DIM=3", "TRAIN.BATCH_SIZE=8", "TRAIN.LR.SCHEDULE=false", "TRAIN.VAL_INTERVAL=25", "TRAIN.CHECKPOINT_INTERVAL=40",
    ];

    private readonly TemporaryFolder _folder = new();

    public TinyRun()
    {
        Data = File("tiny.h5");
        LorenzSimulator.Run(new LorenzOptions { Trials = 40, Repeats = 4, Units = 6, DurationMs = 400 }).Write(Data);
    }

    /// <summary>The data set: 32 training and 8 validation trials of 20 bins and 6 units.</summary>
    public string Data { get; }

    public string File(string name) => _folder.File(name);

    public void Dispose() => _folder.Dispose();

    /// <summary>The arguments of a run of that many steps into a folder.</summary>
    public string[] Arguments(string folder, int steps, params string[] more) =>
        [.. more.Contains("--data") ? Array.Empty<string>() : ["--data", Data], "--out", File(folder), .. Small.SelectMany(set => (string[])["--set", set]), .. Steps(steps), .. more];

    /// <summary>The arguments that go on with a run up to that many steps.</summary>
    public string[] Resuming(string folder, int steps, params string[] more) => ["--resume", "--out", File(folder), .. Steps(steps), .. more];

    public (int Code, string Output, string Error) Train(string folder, int steps, params string[] more) => Run(Arguments(folder, steps, more));

    public (int Code, string Output, string Error) Resume(string folder, int steps, params string[] more) => Run(Resuming(folder, steps, more));

    public Checkpoint Best(string folder) => Checkpoint.Load(Path.Combine(File(folder), "best.safetensors"));

    public Checkpoint Last(string folder) => Checkpoint.Load(Path.Combine(File(folder), "last.safetensors"));

    /// <summary>Writes a data set of its own and names the file.</summary>
    public string Write(string name, Func<SpikeDataset, SpikeDataset> change)
    {
        Simulation simulation = LorenzSimulator.Run(new LorenzOptions { Trials = 40, Repeats = 4, Units = 6, DurationMs = 400 });
        (simulation with { Dataset = change(simulation.Dataset) }).Write(File(name));
        return File(name);
    }

    /// <summary>Writes a data set of co-smoothing and names the file: 8 units and trials of 20 bins, all told.</summary>
    public string WriteNlb(string name, int heldOut = 2, int forwardBins = 4)
    {
        LorenzSimulator.Run(new LorenzOptions { Trials = 40, Repeats = 4, Units = 8, DurationMs = 400 }).WithHeldOut(heldOut, forwardBins).WriteNlb(File(name), "tiny");
        return File(name);
    }

    public static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(TrainCommand.Create(), arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    public static JsonElement LastLine(string output) => JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;

    private static string[] Steps(int steps) => ["--threads", "1", "--quiet", "--json", "--set", $"TRAIN.NUM_UPDATES={steps}"];
}
