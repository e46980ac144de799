using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Infer.Pipeline;

namespace UnetSpikes.Infer;

/// <summary>A file of counts, open, and known to fit the model: its units, its bin width, the lengths of its trials.</summary>
internal sealed class InputCounts : IDisposable
{
    private readonly CountsSource _source;

    private InputCounts(CountsSource source, IReadOnlyList<CountsArray> arrays, UnitMap units)
    {
        _source = source;
        Arrays = arrays;
        Units = units;
    }

    /// <summary>The file, as given.</summary>
    public string Path => _source.Path;

    /// <summary>The arrays to run over.</summary>
    public IReadOnlyList<CountsArray> Arrays { get; }

    /// <summary>Which channels its units are; the same for all arrays.</summary>
    public UnitMap Units { get; }

    /// <summary>What was noticed and left out, one line each.</summary>
    public IReadOnlyList<string> Warnings => _source.Warnings;

    /// <summary>Bins of all trials of all arrays.</summary>
    public long TotalBins => Arrays.Sum(a => (long)a.Trials * a.Bins);

    /// <summary>Opens a file and holds it against the model.</summary>
    /// <exception cref="DataFormatException">No counts, or not the model's units, bin width or least length.</exception>
    /// <exception cref="UsageException">The options do not fit the file.</exception>
    public static InputCounts Open(string path, SpikeModel model, InferOptions options)
    {
        // Spike times are put into the model's bins; arrays of counts say their own width.
        CountsSource source = CountsSource.Open(path, new CountsOptions { BinWidthMs = options.BinWidthMs ?? model.Metadata.BinWidthMs });
        try
        {
            CountsArray[] arrays = [.. ArraysOf(source, model, options)];
            RequireDistinctNames(path, arrays, model);
            UnitMap? units = null;
            foreach (CountsArray array in arrays)
            {
                RequireBinWidth(path, array, model, options);
                units = MatchUnits(source, array, model, options);
                RequireWholeTrials(path, array, model, options);
                if (array.Trials > 0 && array.Bins < model.Metadata.MinimumBins)
                {
                    throw new DataFormatException(
                        path, "/" + array.Name, $"has trials of {array.Bins} bins, expected at least the {model.Metadata.MinimumBins} that the model needs");
                }
            }

            return new InputCounts(source, arrays, units!);
        }
        catch (UnetSpikesException)
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _source.Dispose();

    /// <summary>The arrays asked for; otherwise all, for a model that predicts what it does not see without those that hold it.</summary>
    private static IEnumerable<CountsArray> ArraysOf(CountsSource source, SpikeModel model, InferOptions options)
    {
        if (options.Arrays.Count > 0)
        {
            return options.Arrays.Distinct().Select(source.Array);
        }

        CountsArray[] seen = [.. source.Arrays.Where(array => !model.PredictsUnseen || !Hdf5Counts.IsTargetName(array.Name))];
        return seen.Length > 0 ? seen : source.Arrays;
    }

    private static void RequireWholeTrials(string path, CountsArray array, SpikeModel model, InferOptions options)
    {
        if (model.Metadata.TrialBins is > 0 and int bins && array.Trials > 0 && array.Bins != bins)
        {
            throw new DataFormatException(
                path, "/" + array.Name, $"has trials of {array.Bins} bins, expected the {bins} that the model was trained on: it knows places in a trial");
        }

        if (model.Metadata.NeedsTrials && array.Trials > 0 && array.Bins > options.WindowBins)
        {
            throw new DataFormatException(
                path, "/" + array.Name, $"has trials of {array.Bins} bins, expected at most the {options.WindowBins} of --window: the model averages over whole trials and cannot take them in pieces");
        }
    }

    private static void RequireDistinctNames(string path, IEnumerable<CountsArray> arrays, SpikeModel model)
    {
        foreach (IGrouping<string, CountsArray> same in arrays.GroupBy(a => ArrayPlan.NameFor(a, RatesKind.Rates, model)).Where(g => g.Count() > 1))
        {
            throw new DataFormatException(
                path, "/" + string.Join(" and /", same.Select(a => a.Name)), $"would both give '{same.Key}'; choose with --array");
        }
    }

    private static UnitMap MatchUnits(CountsSource source, CountsArray array, SpikeModel model, InferOptions options)
    {
        try
        {
            return UnitMap.Match(source.Path, "/" + array.Name, array.Units, array.UnitIds ?? source.UnitIds, model.Metadata.UnitIds, model.InputUnits, options.Units);
        }
        catch (DataFormatException e) when (options.Arrays.Count == 0 && source.Arrays.Any(a => a.Units == model.InputUnits) && array.Units != model.InputUnits)
        {
            // Held-in and held-out units side by side: the file is fine, the choice is missing.
            string fitting = string.Join(" ", source.Arrays.Where(a => a.Units == model.InputUnits).Select(a => "--array " + a.Name));
            throw new DataFormatException(e.Path, e.Place, $"has {array.Units} units, expected the model's {model.InputUnits}; leave it out with {fitting}", e);
        }
    }

    private static void RequireBinWidth(string path, CountsArray array, SpikeModel model, InferOptions options)
    {
        double expected = model.Metadata.BinWidthMs;
        if (array.BinWidthMs is double said && options.BinWidthMs is double given && !IsSame(said, given))
        {
            throw new UsageException("--bin-ms", $"is {Text(given)}, but {path} says that its bins are {Text(said)} ms wide");
        }

        double width = array.BinWidthMs ?? options.BinWidthMs ?? throw new DataFormatException(
            path, "/" + array.Name, $"has no bin width (attribute bin_ms, or /dt in seconds), expected {model.Path}'s {Text(expected)} ms; if that is what it is, say --bin-ms {Text(expected)}");
        if (!IsSame(width, expected))
        {
            throw new DataFormatException(
                path, "/" + array.Name, $"has bins of {Text(width)} ms, expected the {Text(expected)} ms that {model.Path} was trained on");
        }
    }

    // A width in seconds, stored as float32, is off by less than this.
    private static bool IsSame(double a, double b) => Math.Abs(a - b) <= 1e-6 * b;

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
