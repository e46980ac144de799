using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>A file of rates, whole or by pieces: what inference wrote and decoding reads.</summary>
public sealed class RatesFile : IDisposable
{
    private readonly Hdf5File _file;

    private RatesFile(Hdf5File file, RatesHeader header, IReadOnlyList<RatesArray> arrays)
    {
        _file = file;
        Header = header;
        Arrays = arrays;
    }

    /// <summary>The file's path, as given.</summary>
    public string Path => _file.Path;

    /// <summary>Bin width, units and provenance.</summary>
    public RatesHeader Header { get; }

    /// <summary>The arrays, in alphabetical order.</summary>
    public IReadOnlyList<RatesArray> Arrays { get; }

    /// <summary>Opens a file and checks everything but the values.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataFormatException">Not a rates file, or not whole.</exception>
    public static RatesFile Open(string path)
    {
        Hdf5File file = Hdf5File.OpenRead(path);
        try
        {
            RatesHeader header = ReadHeader(file);
            return new RatesFile(file, header, [.. file.Keys().Where(n => file.HasDataset("/" + n) && file.HasAttribute("/" + n, "kind"))
                .Select(n => ReadArray(file, n, header))]);
        }
        catch (UnetSpikesException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Its header and every array by name.</returns>
    /// <exception cref="DataFormatException">Not a rates file, not whole, or with rates below 0.</exception>
    public static (RatesHeader Header, IReadOnlyDictionary<string, TrialTensor> Arrays) Read(string path)
    {
        using RatesFile file = Open(path);
        return (file.Header, file.Arrays.ToDictionary(a => a.Name, a => file.ReadAll(a.Name)));
    }

    /// <summary>Whether a file says that it holds rates.</summary>
    /// <param name="file">An open file.</param>
    public static bool IsRatesFile(Hdf5File file) =>
        file.HasAttribute("/", "format") && file.ReadTextAttribute("/", "format") == RatesWriter.Format;

    /// <summary>One array by name.</summary>
    /// <param name="name">Such as <c>valid_rates</c>.</param>
    /// <exception cref="DataFormatException">There is none of that name.</exception>
    public RatesArray Array(string name) =>
        Arrays.FirstOrDefault(a => a.Name == name)
        ?? throw new DataFormatException(Path, "/" + name, $"is missing, expected one of {string.Join(", ", Arrays.Select(a => a.Name))}");

    /// <summary>Reads an array: rates in spikes per bin [trial, bin, unit], latents [trial, bin, dimension] or decoded columns [trial, bin, column]; NaN = not known.</summary>
    /// <param name="name">Such as <c>valid_rates</c>.</param>
    /// <exception cref="DataFormatException">No such array, damaged, larger than memory, or a rate below 0.</exception>
    public TrialTensor ReadAll(string name)
    {
        RatesArray array = Array(name);
        TrialTensor values = Shapes.ReadTensor(_file.Dataset("/" + name), "[trial, bin, channel]");
        RequireRates(array, values.Values);
        return values;
    }

    /// <summary>Reads the bins of an array that were recorded: <see cref="ReadAll"/> without the forward bins.</summary>
    /// <param name="name">Such as <c>valid_rates</c>.</param>
    /// <exception cref="DataFormatException">As for <see cref="ReadAll"/>.</exception>
    public TrialTensor ReadTrials(string name)
    {
        TrialTensor all = ReadAll(name);
        return Array(name) is { ForwardBins: > 0 and int forward } ? all.Part(..^forward, ..) : all;
    }

    /// <summary>Reads consecutive bins of a trial, in bounded memory.</summary>
    /// <param name="name">Such as <c>valid_rates</c>.</param>
    /// <param name="trial">From 0.</param>
    /// <param name="firstBin">From 0.</param>
    /// <param name="binCount">How many bins.</param>
    /// <param name="destination">Receives [bin, channel], binCount · Channels values.</param>
    /// <exception cref="ArgumentException">The bins leave the trial, or the destination is too short.</exception>
    /// <exception cref="DataFormatException">No such array, damaged, or a rate below 0.</exception>
    public void ReadSlab(string name, int trial, int firstBin, int binCount, Span<float> destination)
    {
        RatesArray array = Array(name);
        _file.Dataset("/" + name).ReadSlice([trial, firstBin, 0], [1, binCount, array.Channels], destination);
        RequireRates(array, destination[..(binCount * array.Channels)]);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static RatesHeader ReadHeader(Hdf5File file)
    {
        if (!IsRatesFile(file))
        {
            throw new DataFormatException(file.Path, "", $"is not a file of rates (attribute format is not \"{RatesWriter.Format}\")");
        }

        const string Unit = "spikes/bin";
        if (file.ReadTextAttribute("/", "rates_unit") is not Unit and string unit)
        {
            throw new DataFormatException(file.Path, "/@rates_unit", $"is \"{unit}\", expected \"{Unit}\"");
        }

        IReadOnlyList<string> unitIds = Shapes.ReadUnitIds(file) ?? throw new DataFormatException(file.Path, "/unit_ids", "is missing, expected the names of the units");
        return new RatesHeader
        {
            BinWidthMs = Shapes.ReadBinWidthMs(file) ?? throw new DataFormatException(file.Path, "/@bin_ms", "is missing, expected the width of a bin"),
            UnitIds = unitIds,
            HeldOutUnits = ReadCount(file, "/", RatesWriter.HeldOutUnits, unitIds.Count),
            ProvenanceJson = file.ReadTextAttribute("/", "provenance"),
        };
    }

    private static RatesArray ReadArray(Hdf5File file, string name, RatesHeader header)
    {
        Hdf5Dataset dataset = file.Dataset("/" + name).RequireRank(3, "[trial, bin, channel]");
        int[] shape = Shapes.ToInt(dataset);
        RatesKind kind = file.ReadTextAttribute("/" + name, "kind") switch
        {
            "rates" => RatesKind.Rates,
            "latents" => RatesKind.Latents,
            "decoded" => RatesKind.Decoded,
            string other => throw new DataFormatException(file.Path, $"/{name}@kind", $"is \"{other}\", expected rates, latents or decoded"),
        };
        if (kind == RatesKind.Rates && shape[2] != header.UnitIds.Count)
        {
            throw dataset.Error($"has {shape[2]} units, expected the {header.UnitIds.Count} of /unit_ids");
        }

        string ids = $"/{name}_trial_ids";
        IReadOnlyList<int>? trialIds = file.HasDataset(ids) ? Shapes.ReadIntegers(file.Dataset(ids), shape[0]) : null;
        return new RatesArray(name, kind, shape[0], shape[1], shape[2], trialIds)
        {
            ForwardBins = ReadCount(file, "/" + name, RatesWriter.ForwardBins, shape[1]),
            Columns = kind == RatesKind.Decoded ? ReadColumns(file, "/" + name, shape[2]) : null,
        };
    }

    private static DecodedColumns ReadColumns(Hdf5File file, string array, int count)
    {
        IReadOnlyList<string> names = file.ReadAttribute(array, "columns").Texts;
        return names.Count == count
            ? new DecodedColumns(names, file.ReadTextAttribute(array, "unit"), file.ReadTextAttribute(array, "decoder"), Lag("first_lag"), Lag("last_lag"))
            : throw new DataFormatException(file.Path, array + "@columns", $"names {names.Count} columns, expected the {count} of {array}");

        int Lag(string attribute) => file.ReadNumberAttribute(array, attribute) is double bins && Math.Abs(bins) <= int.MaxValue && bins == Math.Floor(bins)
            ? (int)bins
            : throw new DataFormatException(file.Path, $"{array}@{attribute}", "is no whole number of bins");
    }

    /// <summary>An attribute that says how many of an axis are meant; none where it is missing.</summary>
    private static int ReadCount(Hdf5File file, string owner, string attribute, int most)
    {
        double count = file.HasAttribute(owner, attribute) ? file.ReadNumberAttribute(owner, attribute) : 0;
        return count >= 0 && count <= most && count == Math.Floor(count)
            ? (int)count
            : throw new DataFormatException(file.Path, $"{owner}@{attribute}", $"is {count.ToString(CultureInfo.InvariantCulture)}, expected a whole number from 0 to {most}");
    }

    private void RequireRates(RatesArray array, ReadOnlySpan<float> values)
    {
        for (int i = 0; array.Kind == RatesKind.Rates && i < values.Length; i++)
        {
            // NaN, not known, passes: it is not below zero.
            if (values[i] < 0 || float.IsInfinity(values[i]))
            {
                throw _file.Dataset("/" + array.Name).Error(
                    $"has {values[i].ToString(CultureInfo.InvariantCulture)}, expected rates in spikes per bin of at least 0");
            }
        }
    }
}
