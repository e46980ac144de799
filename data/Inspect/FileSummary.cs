using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Numpy;

namespace UnetSpikes.Data.Inspect;

/// <summary>One dataset of a file as it is stored.</summary>
/// <param name="Name">Its path, such as <c>/train_data</c>.</param>
/// <param name="Shape">"(1248, 50, 29)".</param>
/// <param name="Type">numpy's word: "int64".</param>
/// <param name="Storage">"contiguous", "chunked" or "chunked, filtered"; numpy's "C order" or "Fortran order".</param>
public sealed record DatasetSummary(string Name, string Shape, string Type, string Storage);

/// <summary>What a data or rates file holds.</summary>
public sealed record FileSummary
{
    private const int MaxDepth = 8;

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Every dataset of the file, in alphabetical order.</summary>
    public required IReadOnlyList<DatasetSummary> Datasets { get; init; }

    /// <summary>The arrays of counts, measured; empty for a file of rates.</summary>
    public required IReadOnlyList<ActivitySummary> Counts { get; init; }

    /// <summary>The arrays of rates, measured; empty for a file of counts.</summary>
    public required IReadOnlyList<ActivitySummary> Rates { get; init; }

    /// <summary>Width of a bin in milliseconds; null when the file does not say.</summary>
    public double? BinWidthMs { get; init; }

    /// <summary>Whether the file holds true or inferred rates.</summary>
    public bool HasRates { get; init; }

    /// <summary>Whether the file holds true or inferred latents.</summary>
    public bool HasLatents { get; init; }

    /// <summary>Where rates come from, as JSON; null for other files.</summary>
    public string? ProvenanceJson { get; init; }

    /// <summary>Looks at a file, reading counts or rates through once in bounded memory.</summary>
    /// <param name="path">A data file or a rates file.</param>
    /// <param name="format">A format of counts.</param>
    /// <exception cref="DataFormatException">Not readable, or its counts or rates are not what they should be.</exception>
    public static FileSummary Of(string path, RecordingFormat format = RecordingFormat.Hdf5) =>
        format is RecordingFormat.Npy or RecordingFormat.Npz ? OfNumpy(path, format) : OfHdf5(path, format);

    private static FileSummary OfNumpy(string path, RecordingFormat format)
    {
        IReadOnlyList<(string Name, NpyHeader Header)> arrays;
        if (format == RecordingFormat.Npy)
        {
            using NpyArray array = NpyArray.Open(path);
            arrays = [(array.Name, array.Header)];
        }
        else
        {
            using NpzFile file = NpzFile.Open(path);
            arrays = [.. file.Names.Select(name => (name, file.Header(name)))];
        }

        return WithCounts(new FileSummary
        {
            Path = path,
            Datasets = [.. arrays.Select(one => new DatasetSummary("/" + one.Name, one.Header.ShapeText, one.Header.Type.ToString(), one.Header.IsFortranOrder ? "Fortran order" : "C order"))],
            Counts = [],
            Rates = [],
        }, format);
    }

    private static FileSummary OfHdf5(string path, RecordingFormat format)
    {
        var datasets = new List<DatasetSummary>();
        bool isRates;
        double? width;
        using (Hdf5File file = Hdf5File.OpenRead(path))
        {
            List(file, "", datasets, depth: 0);
            isRates = RatesFile.IsRatesFile(file);
            width = Shapes.ReadBinWidthMs(file);
        }

        var summary = new FileSummary
        {
            Path = path,
            Datasets = datasets,
            Counts = [],
            Rates = [],
            BinWidthMs = width,
            HasRates = datasets.Any(d => d.Name.EndsWith("_truth", StringComparison.Ordinal)),
            HasLatents = datasets.Any(d => d.Name.Contains("latents", StringComparison.Ordinal)),
        };
        return isRates ? WithRates(summary)
            : format == RecordingFormat.Mat ? (MatCounts.IsIn(path) ? WithCounts(summary, format) : summary)
            : datasets.Any(d => d.Name.LastIndexOf('/') == 0 && Hdf5Counts.IsCountsName(d.Name[1..])) ? WithCounts(summary, format)
            : summary;
    }

    private static FileSummary WithRates(FileSummary summary)
    {
        using RatesFile file = RatesFile.Open(summary.Path);
        return summary with
        {
            HasRates = file.Arrays.Any(a => a.Kind == RatesKind.Rates),
            ProvenanceJson = file.Header.ProvenanceJson,
            Rates = [.. file.Arrays.Where(a => a.Kind == RatesKind.Rates).Select(a => ActivitySummary.Measure(
                a.Name, a.Trials, a.Bins, a.Channels, file.Header.BinWidthMs,
                (trial, bin, count, into) => file.ReadSlab(a.Name, trial, bin, count, into)))],
        };
    }

    private static FileSummary WithCounts(FileSummary summary, RecordingFormat format)
    {
        using CountsSource source = CountsSource.Open(summary.Path, new CountsOptions { Format = format });
        return summary with
        {
            BinWidthMs = summary.BinWidthMs ?? source.Arrays[0].BinWidthMs,
            Counts = [.. source.Arrays.Select(a => ActivitySummary.Measure(a.Name, a.Trials, a.Bins, a.Units, a.BinWidthMs, a.Read))],
        };
    }

    private static void List(Hdf5File file, string group, List<DatasetSummary> datasets, int depth)
    {
        foreach (string key in file.Keys(group.Length == 0 ? "/" : group))
        {
            string path = group + "/" + key;
            switch (file.Kind(path))
            {
                case Hdf5ObjectKind.Dataset:
                    Hdf5Dataset dataset = file.Dataset(path);
                    string storage = dataset.Chunk is null ? "contiguous" : dataset.IsFiltered ? "chunked, filtered" : "chunked";
                    datasets.Add(new DatasetSummary(path, dataset.ShapeText, dataset.ElementType.ToString(), storage));
                    break;
                case Hdf5ObjectKind.Group when depth < MaxDepth: // links may go round in circles
                    List(file, path, datasets, depth + 1);
                    break;
                default:
                    break;
            }
        }
    }
}
