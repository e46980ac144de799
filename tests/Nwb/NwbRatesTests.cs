using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Nwb;
using UnetSpikes.Hdf5;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Nwb;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Infer;
using Xunit;

namespace UnetSpikes.Tests.Nwb;

/// <summary>Rates as NWB: a file of its own that reads back, links to its units, and passes the checks of pynwb and nwbinspector that apply.</summary>
public sealed class NwbRatesTests : IDisposable
{
    private static readonly string Oddities = TestFiles.Golden(Path.Combine("..", "nwb", "oddities.nwb"));

    private readonly TestRecordings _recordings = new();

    private string RatesPath => _recordings.File("r.rates.h5");

    private string NwbPath => _recordings.File("r.rates.nwb");

    public void Dispose() => _recordings.Dispose();

    [Fact]
    public void Rates_in_Hz_units_and_provenance_read_back()
    {
        byte[] before = File.ReadAllBytes(Oddities);
        WriteRates(["7", "3"]);

        NwbRates.Write(RatesPath, Oddities, NwbPath);

        Assert.Equal(before, File.ReadAllBytes(Oddities));
        Assert.Empty(NwbChecks.Of(NwbPath));
        using Recording recording = NwbRecording.Open(NwbPath), source = NwbRecording.Open(Oddities);
        TimeSeries rates = Assert.Single(recording.Series);
        Assert.Equal(("firing_rates", "Hz", 200.0, 800L), (rates.Name, rates.Unit, rates.RateHz, rates.Samples));
        var values = new double[2 * 800];
        rates.Read(0, 800, values);
        Assert.Equal([0, 200, 400, 600, double.NaN], values[..5]);
        Assert.Equal(source.Units.Ids, recording.Units.Ids);
        Assert.Equal(Enumerable.Range(0, 3).Select(source.Units.TimesOf), Enumerable.Range(0, 3).Select(recording.Units.TimesOf));
        Assert.Equal(source.Units.Observed![2].ToArray(), recording.Units.Observed![2].ToArray());
        using Hdf5File file = Hdf5File.OpenRead(NwbPath);
        Assert.Equal([2, 0], file.Dataset("/processing/ecephys/firing_rates_units/unit").Read<int>());
        Assert.Equal("/units", file.ReadAttribute("/processing/ecephys/firing_rates_units/unit", "table").Texts[0]);
        Assert.Equal("/units/spike_times", file.ReadAttribute("/units/spike_times_index", "target").Texts[0]);
        Assert.Equal("made by: {\"model\":{\"sha256\":\"abc\"}}", file.ReadTextAttribute("/processing/ecephys/firing_rates", "comments"));
        Assert.Equal("oddities firing rates abc", file.Dataset("/identifier").ReadStrings()[0]);
    }

    [Fact]
    public void Rates_of_other_units_are_refused()
    {
        WriteRates(["7", "8"]);

        var error = Assert.Throws<DataFormatException>(() => NwbRates.Write(RatesPath, Oddities, NwbPath));

        Assert.Equal($"{Oddities}: /units/id has no unit 8, of which there are rates", error.Message);
        Assert.Equal([RatesPath], Directory.GetFiles(Path.GetDirectoryName(NwbPath)!));
    }

    [Fact]
    public void What_is_wrong_with_a_file_is_listed()
    {
        string path = _recordings.File("bad.nwb");
        using (Hdf5File file = Hdf5File.Create(path))
        {
            file.WriteTextAttribute("/", "nwb_version", "2.5.0");
            file.WriteText("/session_start_time", "yesterday");
            file.CreateGroup("/processing/m/s");
            file.WriteTextAttribute("/processing/m", "neurodata_type", "ProcessingModule");
            file.WriteTextAttribute("/processing/m/s", "neurodata_type", "TimeSeries");
            file.Write<double>("/processing/m/s/data", [2, 3], new double[6]);
            file.Write<double>("/processing/m/s/timestamps", [2], [1.0, 0.5]);
        }

        IReadOnlyList<string> problems = NwbChecks.Of(path);

        foreach (string expected in (string[])[
            "/identifier is missing", "/session_start_time is no date and time", "/processing/m@object_id is missing", "/processing/m/s@description is missing or empty",
            "/processing/m/s/data@unit is missing", "/processing/m/s/data has more columns than samples: time is its first axis", "/processing/m/s/timestamps go back"])
        {
            Assert.Contains(expected, problems);
        }
    }

    [Fact]
    public void Infer_writes_it_beside_its_own_file_and_again_where_it_is_gone()
    {
        string input = Session(_recordings.File("session.nwb"));

        (int code, _, string error) = _recordings.Infer(input, "--units-by-position", "--to", "nwb");

        Assert.True(code == 0, error);
        string nwb = Path.Combine(_recordings.Out, "session.rates.nwb");
        Assert.Empty(NwbChecks.Of(nwb));
        using (Recording recording = NwbRecording.Open(nwb))
        {
            TimeSeries series = recording.Series.Single();
            var hz = new double[series.Samples * 4];
            series.Read(0, series.Samples, hz);
            float[] perBin = _recordings.Rates("session")["rates"].Values;
            Assert.Equal(perBin.Select(rate => (double)(rate * 50f)), hz);
        }

        File.Delete(nwb);
        Assert.Equal(0, _recordings.Infer(input, "--units-by-position", "--to", "nwb").Code);
        Assert.True(File.Exists(nwb));
        Assert.Equal((2, "error: --to: is edf, expected nwb"), (_recordings.Infer(input, "--to", "edf").Code, _recordings.Infer(input, "--to", "edf").Error.Trim()));
    }

    private void WriteRates(string[] ids)
    {
        using RatesWriter writer = RatesWriter.Create(RatesPath, new RatesHeader { BinWidthMs = 5, UnitIds = ids, ProvenanceJson = "{\"model\":{\"sha256\":\"abc\"}}" });
        writer.AddArray("rates", 1, 800, 2);
        float[] values = [.. Enumerable.Range(0, 1600).Select(i => i == 4 ? float.NaN : i)];
        writer.Write("rates", 0, 0, values);
        writer.Commit();
    }

    /// <summary>Writes a session of four units.</summary>
    internal static string Session(string path)
    {
        string name = Path.GetFileName(path);
        using Hdf5File file = Hdf5File.Create(path);
        var objects = new NwbObjects(file, name);
        objects.Describe("/", "NWBFile");
        file.WriteTextAttribute("/", "nwb_version", NwbObjects.Version);
        file.WriteText("/identifier", name);
        file.WriteText("/session_description", "four units");
        file.WriteText("/session_start_time", "2026-01-01T00:00:00+00:00");
        objects.Table("/units", "Units", "units", ["spike_times"], [1, 2, 3, 4]);
        file.Write<double>("/units/spike_times", [8], [0.1, 2.9, 0.2, 2.8, 0.3, 2.7, 0.4, 2.6]);
        objects.Describe("/units/spike_times", "VectorData", "times");
        objects.Index("/units/spike_times", [2, 4, 6, 8]);
        return path;
    }
}
