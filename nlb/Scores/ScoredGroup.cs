using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Nlb.Scores;

/// <summary>One data set's group in a target or submission file; what it gets wrong is said with file and key.</summary>
/// <param name="file">The open file.</param>
/// <param name="group">The group's name, such as <c>mc_maze_20</c>.</param>
internal sealed class ScoredGroup(Hdf5File file, string group)
{
    /// <summary>Whether the group, and this key in it, are there.</summary>
    public bool Has(string key) => file.HasDataset(Path(key));

    /// <summary>An array of numbers [trial, bin, unit], in double precision.</summary>
    /// <exception cref="DataFormatException">It is missing, has another rank, or is damaged.</exception>
    public TrialArray Read(string key, string axes = "[trial, bin, unit]")
    {
        Hdf5Dataset dataset = file.Dataset(Path(key)).RequireRank(3, axes);
        return Wrap(dataset, dataset.Shape[0], dataset.Shape[1], dataset.Shape[2]);
    }

    /// <summary>An array [trial, column] as [trial, 1, column].</summary>
    /// <exception cref="DataFormatException">It is missing, has another rank, or is damaged.</exception>
    public TrialArray ReadColumns(string key, string axes)
    {
        Hdf5Dataset dataset = file.Dataset(Path(key)).RequireRank(2, axes);
        return Wrap(dataset, dataset.Shape[0], 1, dataset.Shape[1]);
    }

    /// <summary>Rates [trial, bin, unit] for spikes or behaviour that are known.</summary>
    /// <param name="key">Such as <c>eval_rates_heldout</c>.</param>
    /// <param name="trials">How many there must be.</param>
    /// <param name="bins">How many there must be.</param>
    /// <param name="like">What has that many trials and bins, for the message.</param>
    public TrialArray ReadRates(string key, int trials, int bins, string like)
    {
        TrialArray rates = Read(key);
        return rates.Trials == trials && rates.Bins == bins
            ? rates
            : throw Error(key, $"is {rates}, expected the {trials} trials of {bins} bins of {like}");
    }

    /// <summary>Rates of exactly the units whose spikes they predict, known and at least 0 wherever a spike count is.</summary>
    /// <param name="key">Such as <c>eval_rates_heldout</c>.</param>
    /// <param name="spikes">Spikes per bin; NaN elements are not looked at.</param>
    /// <param name="like">The spikes' key, for the message.</param>
    public TrialArray ReadRatesOf(string key, TrialArray spikes, string like)
    {
        TrialArray rates = ReadRates(key, spikes.Trials, spikes.Bins, like);
        if (rates.Units != spikes.Units)
        {
            throw Error(key, $"is {rates}, expected the {spikes.Units} units of {like}");
        }

        for (int i = 0; i < rates.Values.Length; i++)
        {
            // Not ">= 0" alone: NaN is neither.
            if (!(rates.Values[i] >= 0 && double.IsFinite(rates.Values[i])) && !double.IsNaN(spikes.Values[i]))
            {
                throw BadRate(key, rates, i, "rates in spikes per bin of at least 0");
            }
        }

        return rates;
    }

    /// <summary>Insists that chosen rows hold no NaN.</summary>
    /// <param name="key">What was read.</param>
    /// <param name="values">From there.</param>
    /// <param name="rows">Rows that are used.</param>
    /// <param name="expected">What should be there, and where.</param>
    public void RequireKnown(string key, TrialArray values, IEnumerable<int> rows, string expected)
    {
        foreach (int row in rows)
        {
            for (int i = row * values.Units; i < (row + 1) * values.Units; i++)
            {
                if (!double.IsFinite(values.Values[i]))
                {
                    throw BadRate(key, values, i, expected);
                }
            }
        }
    }

    /// <summary>Masks [trial, mask], booleans or 0 and 1, as [mask][trial].</summary>
    /// <exception cref="DataFormatException">Other numbers, or another number of trials.</exception>
    public bool[][] ReadMasks(string key, int trials)
    {
        TrialArray masks = ReadColumns(key, "[trial, mask]");
        if (masks.Trials != trials || masks.Values.Any(value => value is not (0 or 1)))
        {
            throw Error(key, $"is {masks.Trials} trials of {masks.Units} masks, expected true or false for each of {trials} trials");
        }

        return [.. Enumerable.Range(0, masks.Units).Select(mask => Enumerable.Range(0, trials).Select(trial => masks[trial, 0, mask] == 1).ToArray())];
    }

    /// <summary>Lists of trials, one per condition.</summary>
    /// <exception cref="DataFormatException">Not lists of integers, more lists than conditions, or a trial that is not there.</exception>
    public int[][] ReadConditions(string key, int conditions, int trials)
    {
        int[][] lists = file.Dataset(Path(key)).ReadRaggedIntegers();
        if (lists.Length > conditions || Array.Exists(lists, list => Array.Exists(list, trial => trial < 0 || trial >= trials)))
        {
            throw Error(key, $"does not fit, expected for each of {conditions} conditions trials from 0 to {trials - 1}");
        }

        return Array.Exists(lists, list => list.Length > 0) ? lists : throw Error(key, "names no trial, expected the trials of each condition");
    }

    /// <summary>One whole number per trial.</summary>
    /// <exception cref="DataFormatException">Another number of them.</exception>
    public int[] ReadPerTrial(string key, int trials)
    {
        Hdf5Dataset dataset = file.Dataset(Path(key)).RequireRank(1, "[trial]");
        return dataset.Count == trials ? dataset.Read<int>() : throw Error(key, $"has shape {dataset.ShapeText}, expected one number for each of {trials} trials");
    }

    /// <summary>An error about a key of the group.</summary>
    public DataFormatException Error(string key, string problem) => new(file.Path, Path(key), problem);

    private string Path(string key) => $"/{group}/{key}";

    private DataFormatException BadRate(string key, TrialArray values, int i, string expected) => Error(key, string.Create(
        CultureInfo.InvariantCulture,
        $"has {values.Values[i]} at trial {i / values.Units / values.Bins}, bin {i / values.Units % values.Bins}, column {i % values.Units}, expected {expected}"));

    private static TrialArray Wrap(Hdf5Dataset dataset, long trials, long bins, long units)
    {
        dataset.RequireBelievable(sizeof(double));
        return trials > 0 && bins > 0 && units > 0
            ? new TrialArray((int)trials, (int)bins, (int)units, dataset.Read<double>())
            : throw dataset.Error($"has shape {dataset.ShapeText}, expected something in every axis");
    }
}
