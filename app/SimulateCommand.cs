using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Synthetic;

namespace UnetSpikes.App;

/// <summary><c>simulate lorenz|chaotic</c>: a benchmark with known rates and latents, in the format of the LFADS release or of the Neural Latents Benchmark.</summary>
public static class SimulateCommand
{
    /// <summary>Declares <c>simulate</c>.</summary>
    public static Command Create() => new("simulate", "Make a data set whose true rates and latents are known.") { Lorenz(), Chaotic() };

    private static Command Lorenz()
    {
        var defaults = new LorenzOptions();
        Option<ulong> seed = CommonOptions.Seed(defaults.Seed);
        Option<int> trials = Number("--trials", "Trials in all; every fifth is for validation.", defaults.Trials), units = Number("--units", "Number of units.", defaults.Units),
            repeats = Number("--repeats", "Trials of each condition (initial state).", defaults.Repeats),
            duration = Number("--duration-ms", "Length of a trial, whole bins.", defaults.DurationMs), bin = Number("--bin-ms", "Width of a bin.", defaults.BinWidthMs);
        Option<double> baseRate = Number("--base-rate", "A unit's rate in Hz where the latents are zero.", defaults.BaseRateHz);
        return Verb("lorenz", "Three latents of the Lorenz system, random readout, exponential link, Poisson counts.", [seed, trials, repeats, units, duration, bin, baseRate], parsed =>
            LorenzSimulator.Run(new LorenzOptions
            {
                Seed = parsed.GetValue(seed),
                Trials = parsed.GetValue(trials),
                Repeats = parsed.GetValue(repeats),
                Units = parsed.GetValue(units),
                DurationMs = parsed.GetValue(duration),
                BinWidthMs = parsed.GetValue(bin),
                BaseRateHz = parsed.GetValue(baseRate),
            }));
    }

    private static Command Chaotic()
    {
        var defaults = new ChaoticRnnOptions();
        Option<ulong> seed = CommonOptions.Seed(defaults.Seed);
        Option<int> trials = Number("--trials", "Trials in all; the last fifth of each condition is for validation.", defaults.Trials), units = Number("--units", "Units of the network.", defaults.Units),
            repeats = Number("--repeats", "Trials of each condition (initial state).", defaults.Repeats),
            duration = Number("--duration-ms", "Length of a trial, whole bins.", defaults.DurationMs), bin = Number("--bin-ms", "Width of a bin, and the time step.", defaults.BinWidthMs);
        Option<double> gain = Number("--gain", "Scale of the recurrent weights; chaotic above 1.", defaults.Gain),
            maxRate = Number("--max-rate", "Rate in Hz at the top of a unit's range.", defaults.MaxRateHz);
        return Verb("chaotic", "The chaotic random network of the LFADS release, Poisson counts.", [seed, trials, repeats, units, duration, bin, gain, maxRate], parsed =>
            ChaoticRnnSimulator.Run(new ChaoticRnnOptions
            {
                Seed = parsed.GetValue(seed),
                Trials = parsed.GetValue(trials),
                Repeats = parsed.GetValue(repeats),
                Units = parsed.GetValue(units),
                DurationMs = parsed.GetValue(duration),
                BinWidthMs = parsed.GetValue(bin),
                Gain = parsed.GetValue(gain),
                MaxRateHz = parsed.GetValue(maxRate),
            }));
    }

    private static Option<T> Number<T>(string name, string description, T fallback) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => fallback };

    private static Command Verb(string name, string description, IEnumerable<Option> options, Func<ParseResult, Simulation> simulate)
    {
        var output = new Option<string>("--out") { Description = "The HDF5 file to write.", HelpName = "FILE", Required = true };
        var nlb = new Option<bool>("--nlb") { Description = "Write the Neural Latents Benchmark's keys, as 'prep' does: for co-smoothing and forward prediction." };
        Option<int> heldOut = Number("--heldout", "With --nlb: units held out, the last ones.", 0), forward = Number("--forward-bins", "With --nlb: forward bins, the last ones of every trial.", 0);
        Option<bool> force = CommonOptions.Force(), json = CommonOptions.Json(), quiet = CommonOptions.Quiet();
        var command = new Command(name, description) { output };
        foreach (Option option in options.Concat([nlb, heldOut, forward, force, json, quiet]))
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(output)!;
            if (File.Exists(path) && !parsed.GetValue(force))
            {
                throw new UsageException("--out", $"{path} exists; --force overwrites it");
            }

            bool isNlb = parsed.GetValue(nlb);
            if (!isNlb && (parsed.GetValue(heldOut) != 0 || parsed.GetValue(forward) != 0))
            {
                throw new UsageException("--heldout, --forward-bins", "are of a file with the benchmark's keys; expected --nlb too");
            }

            Simulation simulation = simulate(parsed).WithHeldOut(parsed.GetValue(heldOut), parsed.GetValue(forward));
            if (isNlb)
            {
                simulation.WriteNlb(path, name);
            }
            else
            {
                simulation.Write(path);
            }

            Say(simulation.Dataset, path, ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), verbose: false), parsed.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }

    private static string Predicted(SpikeDataset data) => data.Observed.IsAllOf(data.Train.Counts)
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $", {data.UnitIds.Count - data.HeldInUnits} of them held out, {data.ForwardBins} forward bins");

    private static void Say(SpikeDataset data, string path, ToolConsole console, bool json)
    {
        TrialTensor train = data.Train.Counts;
        double spikes = train.Values.Sum(v => (double)v), meanHz = spikes / train.Values.Length * 1000 / data.BinWidthMs!.Value;
        console.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"wrote {path}: {train.Trials} training and {data.Valid.Counts.Trials} validation trials, {train.Bins} bins of {data.BinWidthMs} ms, {train.Units} units{Predicted(data)}, mean rate {meanHz:0.0} Hz"));
        if (json)
        {
            JsonLine.Write(console.Out, new
            {
                Out = path,
                Generator = data.Path,
                TrainTrials = train.Trials,
                ValidTrials = data.Valid.Counts.Trials,
                train.Bins,
                BinMs = data.BinWidthMs,
                train.Units,
                MeanRateHz = meanHz,
                data.Fingerprint,
            });
        }
    }
}
