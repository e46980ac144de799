using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Models;

namespace UnetSpikes.App;

/// <summary>A checkpoint, as <c>inspect</c> shows it.</summary>
internal static class CheckpointView
{
    public static object Write(string path, TextWriter output)
    {
        var checkpoint = Checkpoint.Load(path);
        SpikeNetwork network = checkpoint.Model.Build();
        output.WriteLine($"{path}: checkpoint");
        var table = new ResultTable("what", "value");
        table.Add("model", checkpoint.Model.ToJson());
        table.Add("parameters", Text(checkpoint.Parameters.Length));
        table.Add("receptive field", $"{Text(network.ReceptiveField.Left)} bins before, {Text(network.ReceptiveField.Right)} after; multiples of {Text(network.BinMultiple)} plus one");
        table.Add("step", Text(checkpoint.Step));
        table.Add("data", checkpoint.Data.Path);
        table.Add("data sha256", checkpoint.Data.Fingerprint);
        table.Add("bin width", checkpoint.Data.BinWidthMs is double width ? string.Create(CultureInfo.InvariantCulture, $"{width:0.######} ms") : "not said");
        table.Add("units", Text(checkpoint.Data.UnitIds.Count));
        if (checkpoint.Model.CountChannels < checkpoint.Model.Channels || checkpoint.Model.ForwardBins > 0)
        {
            table.Add("predicts", $"{Text(checkpoint.Model.Channels - checkpoint.Model.CountChannels)} held-out units and {Text(checkpoint.Model.ForwardBins)} forward bins from the first {Text(checkpoint.Model.CountChannels)} units");
        }

        foreach ((string key, string value) in checkpoint.Run.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            table.Add("run: " + key, Short(value));
        }

        table.Write(output);
        output.WriteLine();
        return new
        {
            Path = path,
            Kind = "checkpoint",
            Model = checkpoint.Model.ToJson(),
            Parameters = checkpoint.Parameters.Length,
            checkpoint.Step,
            checkpoint.Data,
            checkpoint.Run,
        };
    }

    /// <summary>Random-stream states and the like are long; the whole is in <c>--json</c>.</summary>
    private static string Short(string value)
    {
        string line = value.ReplaceLineEndings(" ");
        return line.Length <= 100 ? line : line[..100] + "…";
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
