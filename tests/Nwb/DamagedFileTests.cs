using System.Collections.Concurrent;
using System.Diagnostics;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using UnetSpikes.Recordings;
using UnetSpikes.Tests.Data;
using Xunit;
using Xunit.Abstractions;

namespace UnetSpikes.Tests.Nwb;

/// <summary>Damaged recordings are one line of error or a result, never a crash or a hang of the tool.</summary>
public class DamagedFileTests(ITestOutputHelper output)
{
    /// <summary>More for a longer look: UNETSPIKES_FUZZ=5000.</summary>
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("UNETSPIKES_FUZZ"), out int cases) ? cases : 250;

    [Theory]
    [InlineData("../nwb/oddities.nwb")]
    [InlineData("../nlb/synth/mc_rtt/sub-Indy_desc-test_ecephys.nwb")]
    [InlineData("../nlb/synth/mc_maze/sub-Jenkins_ses-full_desc-test_ecephys.nwb")]
    [InlineData("lfads_small.h5")]
    public void A_damaged_file_is_one_line_or_a_result(string fixture)
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(TestFiles.Golden(fixture));
        var outcomes = new ConcurrentDictionary<string, int>();
        Parallel.For(0, Cases, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            string path = folder.Write($"{i}.nwb", Damage.Of(whole, new Rng((ulong)i, fixture)));
            string outcome = Outcome(path, i);
            outcomes.AddOrUpdate(outcome, 1, (_, n) => n + 1);
            File.Delete(path);
        });

        output.WriteLine(string.Join("; ", outcomes.OrderByDescending(o => o.Value).Select(o => $"{o.Key}: {o.Value}")));
        Assert.Equal(Cases, outcomes.Values.Sum());
        Assert.True(outcomes.GetValueOrDefault("refused") > Cases / 10, "hardly anything was refused: the damage does no harm, or is not noticed");
        using Hdf5File intact = Hdf5File.OpenRead(TestFiles.Golden(fixture));
        Assert.NotEmpty(intact.Keys());
    }

    private static string Outcome(string path, int number)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            ReadAll(path);
            return "read";
        }
        catch (DataFormatException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
            return e.Message.Contains("crashed", StringComparison.Ordinal) ? "reader crashed"
                : e.Message.Contains("did not answer", StringComparison.Ordinal) ? "reader hung"
                : "refused";
        }
        catch (Exception e) when (e is not UnetSpikesException)
        {
            throw new InvalidOperationException($"case {number} after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s: {e.Message}", e);
        }
    }

    /// <summary>Everything the tools read of a recording.</summary>
    private static void ReadAll(string path)
    {
        RecordingFormat format = RecordingFormats.Detect(path);
        if (format == RecordingFormat.Nwb)
        {
            using Recording recording = RecordingFiles.Open(path, format);
            foreach (TimeSeries series in recording.Series)
            {
                _ = series.Times();
                long rows = Math.Min(series.Samples, 10_000);
                series.Read(series.Samples - rows, rows, new double[rows * series.Columns.Count]);
            }
        }

        using CountsSource source = CountsSource.Open(path, new CountsOptions { BinWidthMs = 5 });
        foreach (CountsArray array in source.Arrays)
        {
            int bins = Math.Min(array.Bins, 10_000);
            for (int trial = 0; trial < Math.Min(array.Trials, 10); trial++)
            {
                array.Read(trial, array.Bins - bins, bins, new float[(long)bins * array.Units]);
            }
        }
    }
}
