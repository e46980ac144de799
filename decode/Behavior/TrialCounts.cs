using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.Decode.Behavior;

/// <summary>The counts that rates were inferred from, trial by trial and bin by bin as the behaviour: what decoding without a model starts from.</summary>
/// <param name="Path">Their file, as given.</param>
/// <param name="Keys">The arrays of held-out trials, such as <c>valid_data</c>; their units follow each other.</param>
/// <param name="Train">Spikes per bin of training trials, [trial, bin, unit]; NaN = not recorded.</param>
/// <param name="HeldOut">Of held-out trials.</param>
public sealed record TrialCounts(string Path, IReadOnlyList<string> Keys, TrialTensor Train, TrialTensor HeldOut)
{
    /// <summary>Reads the counts of a data set; held-out units, which no model was given, are not among them.</summary>
    /// <param name="path">A file with counts of train trials, and of valid or eval ones, by the same name.</param>
    /// <param name="like">The behaviour whose trials and bins they must have.</param>
    /// <param name="binWidthMs">Of the rates.</param>
    /// <exception cref="DataFormatException">The file is not readable, or is about other trials or bins.</exception>
    public static TrialCounts Read(string path, BehaviorFile like, double binWidthMs)
    {
        using CountsSource source = CountsSource.Open(path);
        string[] names = [.. source.Arrays.Select(array => array.Name)];
        (string[] train, string[] heldOut) = BehaviorInputs.Halves(names.Where(name => !name.Contains("heldout", StringComparison.Ordinal)))
            ?? throw new DataFormatException(path, "", $"has {string.Join(", ", names)}, expected counts of the same name behind train_ and behind valid_ or eval_");
        return new TrialCounts(path, heldOut, Join(source, train, like.Train, binWidthMs), Join(source, heldOut, like.HeldOut, binWidthMs));
    }

    private static TrialTensor Join(CountsSource source, string[] keys, TrialTensor like, double binWidthMs) =>
        BehaviorInputs.Beside([.. keys.Select(key => ReadAll(source.Array(key), source.Path, like, binWidthMs))]);

    private static TrialTensor ReadAll(CountsArray array, string path, TrialTensor like, double binWidthMs)
    {
        if (array.BinWidthMs is { } width && Math.Abs(width - binWidthMs) > 1e-6 * width)
        {
            throw new DataFormatException(path, "/" + array.Name, $"has bins of {width} ms, expected the {binWidthMs} ms of the rates");
        }

        var counts = new TrialTensor(array.Trials, array.Bins, array.Units);
        if (counts.Trials != like.Trials || counts.Bins != like.Bins)
        {
            throw new DataFormatException(path, "/" + array.Name, $"is {counts}, expected the {like.Trials} trials of {like.Bins} bins of the behaviour");
        }

        for (int trial = 0; trial < counts.Trials; trial++)
        {
            array.Read(trial, 0, counts.Bins, counts.Trial(trial));
        }

        return counts;
    }
}
