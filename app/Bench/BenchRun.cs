using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Runtime;
using UnetSpikes.Runtime.Timing;

namespace UnetSpikes.App.Bench;

/// <summary>Times one model, or two in turns, over batch sizes and lengths.</summary>
/// <remarks>
/// What is timed is a run with counts already in its input and outputs left where they are (<see cref="TimedModel"/>): not loading, reading or writing. Every cell has sessions of its own, so that
/// its memory is its own.
/// </remarks>
internal static class BenchRun
{
    /// <summary>Measures.</summary>
    /// <param name="options">What.</param>
    /// <param name="console">For messages.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="UsageException">A shape is not one the models take, or they do not take the same counts.</exception>
    /// <exception cref="CheckpointException">A file is not a model that takes counts.</exception>
    /// <exception cref="SessionException">ONNX Runtime or the device refused.</exception>
    public static BenchResult Run(BenchOptions options, ToolConsole console, CancellationToken cancel)
    {
        (BenchModel model, BenchModel? compare) = Open(options);
        IReadOnlyList<(int Batch, int Bins)> cells = options.Cells(compare is null ? [model] : [model, compare]);
        BenchHost host = BenchHost.Of(model);
        var measured = new List<BenchCell>();
        foreach ((int batch, int bins) in cells)
        {
            console.Info($"{batch} trials of {bins} bins: {measured.Count + 1} of {cells.Count}");
            measured.Add(Measure(model, compare, batch, bins, options, cancel));
        }

        double? mean = compare is null ? null : Math.Exp(measured.Average(cell => Math.Log(cell.Ratio!.Median)));
        return new BenchResult(
            BenchedFile.Of(model), compare is null ? null : BenchedFile.Of(compare), host, options.Seconds, CallTimes.PercentileDefinition, measured, mean);
    }

    private static (BenchModel Model, BenchModel? Compare) Open(BenchOptions options)
    {
        var settings = new SessionSettings { Device = Device.Parse(options.Device), Threads = options.Threads };
        BenchModel model = BenchModel.Open(options.ModelPath, settings);
        if (options.ComparePath is not string path)
        {
            return (model, null);
        }

        BenchModel compare = BenchModel.Open(path, settings, model.Input.Channels);
        return compare.Input.Channels == model.Input.Channels
            ? (model, compare)
            : throw new UsageException("--compare", $"{path} takes {compare.Input.Channels} channels, but {model.Path} takes {model.Input.Channels}: expected models of the same units");
    }

    private static BenchCell Measure(BenchModel model, BenchModel? compare, int batch, int bins, BenchOptions options, CancellationToken cancel)
    {
        var turns = new Turns(options.Seconds) { WarmUpSeconds = options.WarmUpSeconds };
        double? width = model.Metadata?.BinWidthMs ?? compare?.Metadata?.BinWidthMs;
        using TimedModel mine = model.Timed(batch, bins);
        if (compare is null)
        {
            return new BenchCell(batch, bins, Times(turns.Take(cancel, mine.Call)[0], mine), null, null, null);
        }

        using TimedModel theirs = compare.Timed(batch, bins);
        IReadOnlyList<CallTimes> times = turns.Take(cancel, mine.Call, theirs.Call);
        return new BenchCell(batch, bins, Times(times[0], mine), Times(times[1], theirs), times[0].RatioOf(times[1]), mine.LargestDifference(theirs));

        BenchTimes Times(CallTimes calls, TimedModel timed) => BenchTimes.Of(calls, batch, bins, width, timed.MemoryBytes);
    }
}
