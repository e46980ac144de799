using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Runtime.Timing;

namespace UnetSpikes.App.Bench;

/// <summary>What was measured, for people.</summary>
internal static class BenchTable
{
    private static readonly string[] Times = ["batch", "bins", "calls", "p50 (ms)", "p95 (ms)", "p99 (ms)", "bins/s", "x real time", "memory (MB)"];

    /// <summary>Writes it.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="output">Where results go.</param>
    public static void Write(BenchResult result, TextWriter output)
    {
        ResultTable table = result.Compare is BenchedFile other ? Paired(result, other) : Alone(result);
        table.Note(result.Percentiles);
        table.Note("bins/s: batch x bins / p50; x real time: seconds of recording per second, all trials of a batch together; memory: by how much the model raises the peak of this process");
        table.Note(Host(result.Host));
        table.Write(output);
    }

    private static ResultTable Alone(BenchResult result)
    {
        var table = new ResultTable(Times);
        foreach (BenchCell cell in result.Cells)
        {
            table.Add(Cells(cell, cell.Model));
        }

        return table;
    }

    private static ResultTable Paired(BenchResult result, BenchedFile other)
    {
        var table = new ResultTable(["model", .. Times, "ratio", "p10-p90", "difference"]);
        foreach (BenchCell cell in result.Cells)
        {
            Ratio ratio = cell.Ratio!;
            table.Add(["A", .. Cells(cell, cell.Model), Number(ratio.Median, 2), $"{Number(ratio.Low, 2)}-{Number(ratio.High, 2)}", cell.LargestDifference!.Value.ToString("0.0E+0", CultureInfo.InvariantCulture)]);
            table.Add(["B", .. Cells(cell, cell.Compare!), "", "", ""]);
        }

        table.Note($"A: {result.Model.Path}; B: {other.Path}; in turns, A B A B …");
        table.Note($"ratio: B's time over A's, median and p10-p90 of neighbouring blocks of calls; geometric mean {Number(result.RatioGeometricMean!.Value, 2)}");
        table.Note("difference: largest of log-rates, for the same counts");
        return table;
    }

    private static string[] Cells(BenchCell cell, BenchTimes times) =>
    [
        Number(cell.Batch, 0), Number(cell.Bins, 0), Number(times.Calls, 0), Number(times.P50Ms, 3), Number(times.P95Ms, 3), Number(times.P99Ms, 3),
        Number(times.BinsPerSecond, 0), Number(times.TimesRealTime ?? double.NaN, 0), Number(times.MemoryBytes / 1e6 ?? double.NaN, 1),
    ];

    private static string Host(BenchHost host) => string.Create(
        CultureInfo.InvariantCulture,
        $"{host.Cpu} ({host.CpuFeatures}), {host.Cores} cores, {host.Threads} threads, load average {(host.LoadAverage is double load ? load : "not known")}, {host.Device}; {host.System}, {host.Dotnet}, ONNX Runtime {host.OnnxRuntime}, unet-spikes {host.UnetSpikes}");

    private static string Number(double value, int decimals) => ResultTable.Cell(value, decimals);
}
