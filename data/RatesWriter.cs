using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>Writes a file of rates piece by piece; it appears under its name when whole, or not at all (docs/formats.md).</summary>
/// <remarks>Values are written where they belong at once: memory does not grow with the recording.</remarks>
public sealed class RatesWriter : IDisposable
{
    /// <summary>Attribute <c>format</c> of every rates file.</summary>
    internal const string Format = "unet-spikes rates 1";

    /// <summary>Attribute of the file: how many of its units, from the last, were predicted unseen; missing: none.</summary>
    internal const string HeldOutUnits = "held_out_units";

    /// <summary>Attribute of an array: how many of its bins, from the last, lie behind the trial's end; missing: none.</summary>
    internal const string ForwardBins = "forward_bins";

    private readonly Dictionary<string, (Hdf5Dataset Dataset, RatesArray Array)> _arrays = [];
    private readonly Dictionary<string, long> _binsWritten = [];
    private readonly PendingFile _pending;
    private readonly RatesHeader _header;
    private readonly Hdf5File _file;

    private RatesWriter(PendingFile pending, Hdf5File file, RatesHeader header)
    {
        _pending = pending;
        _file = file;
        _header = header;
    }

    /// <summary>Starts a file beside its final name.</summary>
    /// <param name="path">The final name; what is there is replaced at <see cref="Commit"/>.</param>
    /// <param name="header">What holds for all arrays.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="ArgumentException">The provenance is longer than an attribute can be, about 64,000 bytes.</exception>
    public static RatesWriter Create(string path, RatesHeader header)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(header.BinWidthMs, nameof(header));
        var pending = new PendingFile(path);
        Hdf5File? file = null;
        try
        {
            file = Hdf5File.Create(pending.TemporaryPath);
            file.WriteAttribute("/", "format", Format);
            file.WriteAttribute("/", "bin_ms", header.BinWidthMs);
            file.WriteAttribute("/", "rates_unit", "spikes/bin");
            file.WriteAttribute("/", "hz_per_rate", header.HzPerRate);
            file.WriteAttribute("/", "provenance", header.ProvenanceJson);
            if (header.HeldOutUnits > 0)
            {
                file.WriteAttribute("/", HeldOutUnits, header.HeldOutUnits);
            }

            file.WriteStrings("/unit_ids", header.UnitIds);
            return new RatesWriter(pending, file, header);
        }
        catch
        {
            file?.Dispose();
            pending.Dispose();
            throw;
        }
    }

    /// <summary>The key of rates made from counts: <c>valid_data</c> → <c>valid_rates</c>, <c>eval_spikes_heldin</c> → <c>eval_rates_heldin</c>, <c>spikes</c> → <c>rates</c>.</summary>
    /// <param name="counts">The counts' key.</param>
    /// <param name="kind">Rates, latents (<c>valid_latents</c>) or decoded columns (<c>valid_decoded</c>).</param>
    public static string NameFor(string counts, RatesKind kind)
    {
        string word = WordFor(kind);
        string[] parts = counts.Split('_');
        int noun = Array.FindLastIndex(parts, p => p is "spikes" or "counts" or "data");
        if (noun < 0)
        {
            return counts + "_" + word;
        }

        parts[noun] = word;
        return string.Join('_', parts);
    }

    /// <summary>A kind as it stands in files: as the attribute <c>kind</c> and in keys.</summary>
    internal static string WordFor(RatesKind kind) => kind switch
    {
        RatesKind.Rates => "rates",
        RatesKind.Latents => "latents",
        _ => "decoded",
    };

    /// <summary>Sets room aside for an array.</summary>
    /// <param name="name">The key, such as <c>valid_rates</c>.</param>
    /// <param name="trials">Number of trials.</param>
    /// <param name="bins">Bins per trial.</param>
    /// <param name="channels">Units of rates, as many as the header names; dimensions of latents.</param>
    /// <param name="kind">Rates or latents.</param>
    /// <param name="trialIds">Each trial's number; null when unknown.</param>
    /// <exception cref="ArgumentException">The name is taken, or the sizes do not fit the header or the trial ids.</exception>
    public void AddArray(string name, int trials, int bins, int channels, RatesKind kind = RatesKind.Rates, IReadOnlyList<int>? trialIds = null) =>
        AddArray(new RatesArray(name, kind, trials, bins, channels, trialIds));

    /// <summary>Sets room aside for an array.</summary>
    /// <param name="array">What it is.</param>
    /// <exception cref="ArgumentException">The name is taken, or the sizes do not fit the header, the trial ids or each other.</exception>
    public void AddArray(RatesArray array)
    {
        (string name, RatesKind kind, int trials, int bins, int channels, IReadOnlyList<int>? trialIds) = array;
        if (array.ForwardBins < 0 || array.ForwardBins > bins)
        {
            throw new ArgumentException($"{name} has {array.ForwardBins} forward bins among its {bins}", nameof(array));
        }

        if (kind == RatesKind.Rates && channels != _header.UnitIds.Count)
        {
            throw new ArgumentException($"{name} has {channels} units, the header names {_header.UnitIds.Count}", nameof(array));
        }

        if (kind == RatesKind.Decoded != array.Columns is not null || (array.Columns is { } named && named.Names.Count != channels))
        {
            throw new ArgumentException($"{name} has {channels} columns, and {array.Columns?.Names.Count ?? 0} are named", nameof(array));
        }

        if (trialIds is not null && trialIds.Count != trials)
        {
            throw new ArgumentException($"{trialIds.Count} ids for {trials} trials", nameof(array));
        }

        _arrays.Add(name, default);
        Hdf5Dataset dataset = _file.CreateDataset("/" + name, Hdf5Type.Single, [trials, bins, channels]);
        _arrays[name] = (dataset, array);
        _binsWritten[name] = 0;
        _file.WriteAttribute("/" + name, "kind", WordFor(kind));
        _file.WriteAttribute("/" + name, "bin_ms", _header.BinWidthMs);
        if (kind == RatesKind.Rates)
        {
            _file.WriteAttribute("/" + name, "rates_unit", "spikes/bin");
            _file.WriteAttribute("/" + name, "hz_per_rate", _header.HzPerRate);
        }

        if (array.Columns is { } columns)
        {
            _file.WriteTextsAttribute("/" + name, "columns", columns.Names);
            _file.WriteTextAttribute("/" + name, "unit", columns.Unit);
            _file.WriteTextAttribute("/" + name, "decoder", columns.Decoder);
            _file.WriteAttribute("/" + name, "first_lag", columns.FirstLag);
            _file.WriteAttribute("/" + name, "last_lag", columns.LastLag);
        }

        if (array.ForwardBins > 0)
        {
            _file.WriteAttribute("/" + name, ForwardBins, array.ForwardBins);
        }

        if (trialIds is not null)
        {
            _file.Write<long>($"/{name}_trial_ids", [trialIds.Count], [.. trialIds.Select(id => (long)id)]);
        }
    }

    /// <summary>Writes consecutive bins of a trial.</summary>
    /// <param name="name">An array that was added.</param>
    /// <param name="trial">From 0.</param>
    /// <param name="firstBin">From 0.</param>
    /// <param name="values">[bin, channel]: whole bins. Rates are in spikes per bin; NaN = not known.</param>
    /// <exception cref="ArgumentException">Not whole bins, or outside the trial.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Write(string name, int trial, int firstBin, ReadOnlySpan<float> values)
    {
        (Hdf5Dataset dataset, RatesArray array) = _arrays[name];
        if (array.Channels == 0 ? values.Length != 0 : values.Length % array.Channels != 0)
        {
            throw new ArgumentException($"{values.Length} values are not whole bins of {array.Channels} channels", nameof(values));
        }

        int bins = array.Channels == 0 ? 0 : values.Length / array.Channels;
        dataset.WriteSlice([trial, firstBin, 0], [1, bins, array.Channels], values);
        _binsWritten[name] += bins;
    }

    /// <summary>Closes the file, flushes it to the disk and gives it its name.</summary>
    /// <exception cref="InvalidOperationException">Bins are missing: a bug of the caller.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Commit()
    {
        foreach ((Hdf5Dataset _, RatesArray array) in _arrays.Values)
        {
            long expected = array.Channels == 0 ? 0 : (long)array.Trials * array.Bins;
            if (_binsWritten[array.Name] != expected)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture, $"{array.Name}: {_binsWritten[array.Name]} of {expected} bins were written"));
            }
        }

        _file.Flush();
        _file.Dispose();
        _pending.Commit();
    }

    /// <summary>Closes the file; without a commit, nothing stays.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _pending.Dispose();
    }
}
