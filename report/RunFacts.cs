using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Models;

namespace UnetSpikes.Report;

/// <summary>What a run is, in a few lines: the page's first table.</summary>
internal static class RunFacts
{
    /// <summary>Pairs of what and value.</summary>
    public static string[][] Of(TrainedRun run)
    {
        Checkpoint checkpoint = run.Checkpoint;
        SpikeNetwork network = checkpoint.Model.Build();
        TrialTensor train = run.Dataset.Train.Counts, valid = run.Dataset.Valid.Counts;
        return
        [
            ["data", Invariant($"{Path.GetFileName(checkpoint.Data.Path)}: {train.Trials} training and {valid.Trials} validation trials of {valid.Bins} bins, {valid.Units} units")],
            ["width of a bin", checkpoint.Data.BinWidthMs is double width ? Invariant($"{width:0.######} ms") : "not said by the data: rates are in spikes per bin"],
            ["true rates", run.Dataset.Valid.Rates is null ? "not known: no R2 of rates" : "known"],
            ["SHA-256 of the counts", checkpoint.Data.Fingerprint],
            ["network", checkpoint.Model.ToJson()],
            ["parameters", Invariant($"{checkpoint.Parameters.Length:N0}")],
            ["receptive field", Invariant($"{network.ReceptiveField.Left} bins before and {network.ReceptiveField.Right} after each bin")],
            ["trained for", run.Seconds is double seconds ? Invariant($"{seconds:0.0} s") : "not recorded"],
            ["weights kept", Invariant($"those of step {checkpoint.Step}, with the lowest validation loss")],
        ];
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
