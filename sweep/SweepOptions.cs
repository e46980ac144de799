using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Sweep;

/// <summary>The options of <c>sweep</c> and its verbs; each verb takes those it honours.</summary>
internal static class SweepOptions
{
    public static readonly Option<string> Out = new("--out") { Description = "Folder of the sweep.", HelpName = "DIR", Required = true };
    public static readonly Option<string?> Config = new("--config") { Description = "YAML configuration of every member, as for 'train'.", HelpName = "FILE" };
    public static readonly Option<string?> Data = new("--data") { Description = "Data set, instead of the configuration's.", HelpName = "FILE" };
    public static readonly Option<string[]> Grid = new("--grid")
    {
        Description = "A key and its values: model.layers=0..4 or model.latent_dim=4,8,16; may be repeated: all combinations.",
        HelpName = "KEY=VALUES",
        DefaultValueFactory = _ => [],
    };

    public static readonly Option<string[]> Ranges = new("--range")
    {
        Description = "With --random, a key and the interval to draw from: train.lr.init=1e-4..1e-2:log, model.latent_dim=8..64:int; may be repeated.",
        HelpName = "KEY=LOW..HIGH[:log][:int]",
        DefaultValueFactory = _ => [],
    };

    public static readonly Option<int> Draws = new("--random") { Description = "Random search: draw so many combinations instead of all.", HelpName = "N" };
    public static readonly Option<ulong> DrawSeed = new("--draw-seed") { Description = "Seed of --random's draws.", HelpName = "N", DefaultValueFactory = _ => 1 };
    public static readonly Option<int> Seeds = new("--seeds") { Description = "Train each combination with the seeds 1 to N.", HelpName = "N", DefaultValueFactory = _ => 1 };
    public static readonly Option<string?> Rungs = new("--halving")
    {
        Description = "Successive halving: train all to the first number of updates, the best third on to the next, and so on.",
        HelpName = "U1,U2,…",
    };

    public static readonly Option<KeyValuePair<string, string>[]> Set = CommonOptions.Set();
    public static readonly Option<int> JobCount = new("--jobs") { Description = "Members at a time; the threads are divided among them.", HelpName = "N", DefaultValueFactory = _ => 1 };
    public static readonly Option<double> MaxSeconds = new("--max-seconds") { Description = "Stop after that long, running members saved; 0 = never.", HelpName = "S" };
    public static readonly Option<string> DeviceName = CommonOptions.Device();
    public static readonly Option<int> Threads = CommonOptions.Threads();
    public static readonly Option<bool> Json = CommonOptions.Json();
    public static readonly Option<bool> Quiet = CommonOptions.Quiet();
    public static readonly Option<bool> Verbose = CommonOptions.Verbose();

    /// <summary>Sets a verb's action, which returns the exit code.</summary>
    public static Command WithAction(this Command command, Func<ParseResult, ToolConsole, CancellationToken, int> action)
    {
        // An asynchronous action is what System.CommandLine cancels on Ctrl-C; the work itself is synchronous.
        command.SetAction((parsed, cancel) => Task.Run(
            () => action(parsed, ToolHost.ConsoleOf(parsed, parsed.GetValue(Quiet), parsed.GetValue(Verbose)), cancel), CancellationToken.None));
        return command;
    }

    /// <summary>Refuses an option that cannot be.</summary>
    public static void Require(bool isSo, string option, string problem)
    {
        if (!isSo)
        {
            throw new UsageException(option, problem);
        }
    }
}
