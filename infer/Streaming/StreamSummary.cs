using System.Globalization;
using UnetSpikes.Cli;

namespace UnetSpikes.Infer.Streaming;

/// <summary>What came of one stream.</summary>
/// <param name="Client">Its name.</param>
/// <param name="Bins">Bins that came.</param>
/// <param name="LagBins">How many bins rates were behind counts.</param>
/// <param name="LagMs">The same as time.</param>
/// <param name="RatesUnit">What rates, or what was decoded from them, were in.</param>
/// <param name="P50Ms">From the arrival of a bin's last byte to the hand-over of rates to the system: the median; NaN (null in JSON) = no rates.</param>
/// <param name="P95Ms">What 95 % of the bins did not exceed.</param>
/// <param name="P99Ms">What 99 % did not.</param>
/// <param name="MaxMs">The longest.</param>
public sealed record StreamSummary(
    string Client, long Bins, int LagBins, double LagMs, string RatesUnit, double P50Ms, double P95Ms, double P99Ms, double MaxMs)
{
    /// <summary>Writes it: a table for people, or a line for programs.</summary>
    /// <param name="output">Standard error, where standard output is the stream.</param>
    /// <param name="json">Which.</param>
    public void Write(TextWriter output, bool json)
    {
        if (json)
        {
            JsonLine.Write(output, this);
            return;
        }

        var table = new ResultTable("stream", "bins", "p50 (ms)", "p95 (ms)", "p99 (ms)", "max (ms)");
        table.Add(Client, Bins.ToString(CultureInfo.InvariantCulture), ResultTable.Cell(P50Ms, 3), ResultTable.Cell(P95Ms, 3), ResultTable.Cell(P99Ms, 3), ResultTable.Cell(MaxMs, 3));
        table.Note(string.Create(CultureInfo.InvariantCulture, $"from a bin's last byte to its answer's first; in {RatesUnit}, {LagBins} bins ({LagMs} ms) behind counts"));
        table.Write(output);
    }
}
