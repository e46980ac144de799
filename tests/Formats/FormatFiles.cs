using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Recordings;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Formats;

/// <summary>The files of tests/golden/formats and what numpy and h5py say is in them.</summary>
internal static class FormatFiles
{
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(TestFiles.Golden("layouts.h5"))!, "..", "formats"));

    public static JsonElement Expected { get; } = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json"))).RootElement;

    /// <summary>[trial][bin][unit], 4 by 6 by 3.</summary>
    public static float[][][] Counts { get; } = Expected.GetProperty("counts").Deserialize<float[][][]>()!;

    public static string In(string name) => Path.Combine(Folder, name);

    /// <summary>Spike times by unit.</summary>
    public static Dictionary<string, double[]> Times(string key) => Expected.GetProperty(key).Deserialize<Dictionary<string, double[]>>()!;

    public static Recording Open(string path, UnitChoice units = UnitChoice.NotNoise) => RecordingFiles.Open(path, RecordingFormats.Detect(path), units);

    /// <summary>A trial's counts, read in pieces of some bins.</summary>
    public static float[][] Trial(CountsArray array, int trial, int piece = 4)
    {
        var rows = new List<float[]>();
        for (int bin = 0; bin < array.Bins; bin += piece)
        {
            int count = Math.Min(piece, array.Bins - bin);
            var values = new float[count * array.Units];
            array.Read(trial, bin, count, values);
            rows.AddRange(values.Chunk(array.Units));
        }

        return [.. rows];
    }

    public static void Refused(string path, string message, Action open)
    {
        var error = Assert.Throws<DataFormatException>(open);

        Assert.Equal($"{path}: {message}", error.Message);
    }
}
