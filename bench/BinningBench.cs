using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using UnetSpikes.Data;

namespace UnetSpikes.Bench;

/// <summary>Bins the spike times of an NWB file and goes through all of its counts: what inference and training do first.</summary>
/// <remarks>
/// Why: sessions of hours are read before anything else happens. What: opening, reading (in a reader process), binning, and every count once, in windows of ten
/// seconds, summed; not the model. Driven from outside (binning.py) in turns with h5py and numpy, whole processes, so that starting counts on both sides.
/// </remarks>
internal static class BinningBench
{
    private const int WindowBins = 2_000;

    /// <summary>Declares <c>binning FILE --bin-ms W</c>.</summary>
    public static Command Create()
    {
        var path = new Argument<string>("FILE") { Description = "An NWB file." };
        var width = new Option<double>("--bin-ms") { Description = "Width of a bin.", HelpName = "MS", DefaultValueFactory = _ => 5 };
        var command = new Command("binning", "Bin an NWB file; answers with its spikes, seconds and peak memory.") { path, width };
        command.SetAction(parsed => Run(parsed.GetValue(path)!, parsed.GetValue(width), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(string path, double widthMs, TextWriter output)
    {
        long start = Stopwatch.GetTimestamp();
        double spikes = 0;
        using CountsSource source = CountsSource.Open(path, new CountsOptions { BinWidthMs = widthMs });
        CountsArray array = source.Arrays[0];
        double opened = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var window = new float[WindowBins * array.Units];
        for (int bin = 0; bin < array.Bins; bin += WindowBins)
        {
            int count = Math.Min(WindowBins, array.Bins - bin);
            array.Read(0, bin, count, window);
            spikes += Sum(window.AsSpan(0, count * array.Units));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{spikes} {opened:0.000} {Stopwatch.GetElapsedTime(start).TotalSeconds:0.000} {Process.GetCurrentProcess().PeakWorkingSet64}"));
        return 0;
    }

    /// <summary>As numpy does it: several numbers at a time.</summary>
    private static double Sum(ReadOnlySpan<float> counts)
    {
        Vector<float> sums = Vector<float>.Zero;
        int at = 0;
        for (; at + Vector<float>.Count <= counts.Length; at += Vector<float>.Count)
        {
            sums += new Vector<float>(counts[at..]);
        }

        double sum = Vector.Sum(sums);
        foreach (float count in counts[at..])
        {
            sum += count;
        }

        return sum;
    }
}
