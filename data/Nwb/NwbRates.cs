using System.Globalization;
using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Nwb;

namespace UnetSpikes.Data.Nwb;

/// <summary>Writes a recording's rates as an NWB file of their own: in Hz, in a processing module, beside the units they are of.</summary>
/// <remarks>
/// A new file, never the recording in place (appending to NWB files breaks them, pynwb #384). It stands alone: units, spike times and observed intervals are
/// copied, as are the session's start, the subject and the other texts of <c>/general</c>; where the rates come from stands in the series' comments, as JSON.
/// </remarks>
public static class NwbRates
{
    private const string Module = "/processing/ecephys";
    private const string Rates = Module + "/firing_rates";
    private const string RateUnits = Module + "/firing_rates_units";
    private const int SlabValues = 1 << 20;

    /// <summary>Writes the file; it appears whole or not at all.</summary>
    /// <param name="ratesPath">A file of rates made of one long trial, as <see cref="RatesWriter"/> writes it.</param>
    /// <param name="recordingPath">The NWB file they were made from.</param>
    /// <param name="outPath">The new file.</param>
    /// <exception cref="DataFormatException">The recording is no NWB file, or the rates are not of it.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Write(string ratesPath, string recordingPath, string outPath)
    {
        using RatesFile rates = RatesFile.Open(ratesPath);
        using Hdf5File source = Hdf5File.OpenRead(recordingPath);
        using Recording recording = NwbRecording.Open(recordingPath);
        RatesArray array = rates.Arrays.FirstOrDefault(one => one.Kind == RatesKind.Rates && one.Trials == 1)
            ?? throw new DataFormatException(ratesPath, "", "holds no rates of one long trial");
        string identifier = TextOf(source, "/identifier") + " firing rates " + ModelHash(rates.Header.ProvenanceJson);
        using var pending = new PendingFile(outPath);
        using (Hdf5File file = Hdf5File.Create(pending.TemporaryPath))
        {
            var objects = new NwbObjects(file, identifier);
            WriteSession(objects, source, recordingPath, identifier);
            NwbUnitsWriter.Write(objects, recording);
            objects.Group(Module, "ProcessingModule", "Firing rates inferred from the spikes of /units");
            (int[] columns, long[] rows) = Match(rates.Header, recording);
            WriteSeries(objects, rates, array, columns, Rates, "Hz", rates.Header.HzPerRate,
                "Inferred firing rate of each unit; a sample is the mean over the bin that begins at its time. NaN: not observed. Columns are the rows of firing_rates_units.");
            WriteUnits(objects, rows);
            if (rates.Arrays.FirstOrDefault(one => one.Kind == RatesKind.Latents) is { } latents)
            {
                WriteSeries(objects, rates, latents, [.. Enumerable.Range(0, latents.Channels)], Module + "/latents", "a.u.", 1, "Bottleneck channels of the network that inferred the rates, bin by bin.");
            }

            if (rates.Arrays.FirstOrDefault(one => one.Kind == RatesKind.Decoded) is { Columns: { } about } decoded)
            {
                WriteSeries(objects, rates, decoded, [.. Enumerable.Range(0, decoded.Channels)], Module + "/decoded", about.Unit, 1, string.Create(
                    CultureInfo.InvariantCulture,
                    $"Columns {string.Join(", ", about.Names)}, decoded from the rates by '{about.Decoder}': from those of bins {about.FirstLag} to {about.LastLag} around the bin that begins at a sample's time. NaN: not observed."));
            }

            file.Flush();
        }

        NwbChecks.Require(pending.TemporaryPath, outPath);
        pending.Commit();
    }

    private static void WriteSession(NwbObjects objects, Hdf5File source, string recordingPath, string identifier)
    {
        Hdf5File file = objects.File;
        objects.Describe("/", "NWBFile");
        file.WriteTextAttribute("/", "nwb_version", NwbObjects.Version);
        file.WriteText("/identifier", identifier);
        file.WriteText("/session_description", $"Firing rates inferred by unet-spikes from {Path.GetFileName(recordingPath)}: {TextOf(source, "/session_description")}");
        file.WriteText("/session_start_time", TextOf(source, "/session_start_time"));
        file.WriteText("/timestamps_reference_time", source.HasDataset("/timestamps_reference_time") ? TextOf(source, "/timestamps_reference_time") : TextOf(source, "/session_start_time"));
        file.WriteTexts("/file_create_date", [DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture)]);
        foreach (string group in (string[])["/acquisition", "/analysis", "/general", "/processing", "/stimulus", "/stimulus/presentation", "/stimulus/templates"])
        {
            file.CreateGroup(group);
        }

        CopyTexts(objects, source, "/general");
        if (source.Kind("/general/subject") == Hdf5ObjectKind.Group)
        {
            objects.Group("/general/subject", "Subject");
            CopyTexts(objects, source, "/general/subject");
        }
    }

    /// <summary>Copies the texts directly in a group: lab, institution, species, …; numbers and further groups stay behind.</summary>
    private static void CopyTexts(NwbObjects objects, Hdf5File source, string group)
    {
        foreach (string key in source.Kind(group) == Hdf5ObjectKind.Group ? source.Keys(group) : [])
        {
            string place = $"{group}/{key}";
            if (source.HasDataset(place) && source.Dataset(place) is { ElementType.Class: Hdf5Class.String } texts)
            {
                if (texts.Shape.Count == 0)
                {
                    objects.File.WriteText(place, texts.ReadStrings()[0]);
                }
                else
                {
                    objects.File.WriteTexts(place, texts.ReadStrings());
                }
            }
        }
    }

    /// <summary>Writes an array's columns, bin by bin up to the recording's end: a session has no samples of what comes after it.</summary>
    private static void WriteSeries(NwbObjects objects, RatesFile rates, RatesArray array, int[] columns, string place, string unit, double factor, string description)
    {
        int bins = array.TrialBins;
        Hdf5Dataset data = objects.Series(place, bins, columns.Length, rates.Header.HzPerRate, unit, description, "made by: " + rates.Header.ProvenanceJson);
        int step = Math.Max(1, SlabValues / Math.Max(1, array.Channels));
        var slab = new float[(long)Math.Min(step, bins) * array.Channels];
        var chosen = new float[(long)Math.Min(step, bins) * columns.Length];
        for (int bin = 0; bin < bins; bin += step)
        {
            int count = Math.Min(step, bins - bin);
            rates.ReadSlab(array.Name, 0, bin, count, slab.AsSpan(0, count * array.Channels));
            for (int i = 0; i < count * columns.Length; i++)
            {
                chosen[i] = (float)(slab[(i / columns.Length * array.Channels) + columns[i % columns.Length]] * factor);
            }

            data.WriteSlice<float>([bin, 0], [count, columns.Length], chosen.AsSpan(0, count * columns.Length));
        }
    }

    /// <summary>Which columns of the rates are written, and which row of <c>/units</c> each is. A held-out unit that the session has not has no row to be linked to.</summary>
    private static (int[] Columns, long[] Rows) Match(RatesHeader header, Recording recording)
    {
        string[] all = [.. recording.Units.Ids];
        long[] rows = [.. header.UnitIds.Select(id => (long)Array.IndexOf(all, id))];
        int seen = header.UnitIds.Count - header.HeldOutUnits;
        if (Array.IndexOf(rows, -1L, 0, seen) is int missing and >= 0)
        {
            throw new DataFormatException(recording.Path, "/units/id", $"has no unit {header.UnitIds[missing]}, of which there are rates");
        }

        int[] columns = [.. Enumerable.Range(0, rows.Length).Where(column => rows[column] >= 0)];
        return (columns, [.. columns.Select(column => rows[column])]);
    }

    /// <summary>Links the rates' columns to the rows of <c>/units</c>.</summary>
    private static void WriteUnits(NwbObjects objects, long[] rows)
    {
        objects.Table(RateUnits, "DynamicTable", "The unit of each column of firing_rates", ["unit"], [.. Enumerable.Range(0, rows.Length).Select(i => (long)i)]);
        objects.File.Write<long>(RateUnits + "/unit", [rows.Length], rows);
        objects.Describe(RateUnits + "/unit", "DynamicTableRegion", "Row of /units");
        objects.File.WriteReferenceAttribute(RateUnits + "/unit", "table", "/units");
    }

    private static string TextOf(Hdf5File source, string place)
    {
        Hdf5Dataset text = source.Dataset(place);
        return text.Count == 1 ? text.ReadStrings()[0] : throw text.Error("expected one text");
    }

    private static string ModelHash(string provenance)
    {
        using JsonDocument origin = JsonDocument.Parse(provenance);
        return origin.RootElement.TryGetProperty("model", out JsonElement model) && model.TryGetProperty("sha256", out JsonElement hash) ? hash.GetString() ?? "" : "";
    }
}
