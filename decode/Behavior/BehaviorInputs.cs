using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.Decode.Behavior;

/// <summary>Rates and the behaviour of the same trials and bins.</summary>
public sealed record BehaviorInputs
{
    /// <summary>The file of rates, as given.</summary>
    public required string RatesPath { get; init; }

    /// <summary>The file of behaviour, as given.</summary>
    public required string BehaviorPath { get; init; }

    /// <summary>Which series of that file, such as <c>behavior</c>.</summary>
    public required string Key { get; init; }

    /// <summary>What holds for all rates: the width of a bin, and where they come from.</summary>
    public required RatesHeader Header { get; init; }

    /// <summary>The arrays of rates decoded from, held-out half, such as <c>eval_rates_heldin</c>; their units follow each other.</summary>
    public required IReadOnlyList<string> RatesKeys { get; init; }

    /// <summary>Trials to fit on.</summary>
    public required BehaviorTrials Train { get; init; }

    /// <summary>Trials to be judged on.</summary>
    public required BehaviorTrials HeldOut { get; init; }

    /// <summary>The counts of the same trials and bins, to decode from beside the rates; null = rates only.</summary>
    public TrialCounts? Counts { get; init; }

    /// <summary>Reads the files and checks that they are about the same trials and bins.</summary>
    /// <param name="ratesPath">A rates file with arrays of train trials and of valid or eval ones; held-in and held-out units are joined.</param>
    /// <param name="behaviorPath">See <see cref="BehaviorFile.Read"/>.</param>
    /// <param name="key">The series.</param>
    /// <param name="countsPath">See <see cref="TrialCounts.Read"/>; null = rates only.</param>
    /// <exception cref="DataFormatException">A file or a key is missing or malformed, or the files do not fit each other.</exception>
    public static BehaviorInputs Read(string ratesPath, string behaviorPath, string key, string? countsPath = null)
    {
        using RatesFile rates = RatesFile.Open(ratesPath);
        var behavior = BehaviorFile.Read(behaviorPath, key);
        string[] names = [.. rates.Arrays.Where(a => a.Kind == RatesKind.Rates).Select(a => a.Name)];
        (string[] train, string[] heldOut) = Halves(names)
            ?? throw new DataFormatException(ratesPath, "", $"has {string.Join(", ", names)}, expected rates of the same name behind train_ and behind valid_ or eval_");
        return new BehaviorInputs
        {
            RatesPath = ratesPath,
            BehaviorPath = behaviorPath,
            Key = key,
            Header = rates.Header,
            RatesKeys = heldOut,
            Train = Join(rates, train, behavior.Train, $"{behavior.TrainPath} of {behaviorPath}"),
            HeldOut = Join(rates, heldOut, behavior.HeldOut, $"{behavior.HeldOutPath} of {behaviorPath}"),
            Counts = countsPath is null ? null : TrialCounts.Read(countsPath, behavior, rates.Header.BinWidthMs),
        };
    }

    /// <summary>Arrays whose train and held-out halves are both there, by both names; bins after the trial have no behaviour beside them.</summary>
    /// <param name="names">Such as <c>train_rates</c>, <c>valid_rates</c>.</param>
    /// <returns>Null where a half is missing.</returns>
    internal static (string[] Train, string[] HeldOut)? Halves(IEnumerable<string> names)
    {
        const string Train = "train_";
        string[] ofTrials = [.. names.Where(name => !name.EndsWith("_forward", StringComparison.Ordinal))];
        string[] kinds = [.. ofTrials.Where(name => name.StartsWith(Train, StringComparison.Ordinal)).Select(name => name[Train.Length..])];
        string? half = BehaviorFile.HeldOutNames.FirstOrDefault(half => kinds.Length > 0 && Array.TrueForAll(kinds, kind => ofTrials.Contains($"{half}_{kind}")));
        return half is null ? null : ([.. kinds.Select(kind => Train + kind)], [.. kinds.Select(kind => $"{half}_{kind}")]);
    }

    /// <summary>The units of several arrays of the same trials and bins after each other.</summary>
    internal static TrialTensor Beside(TrialTensor[] parts)
    {
        if (parts.Length == 1)
        {
            return parts[0];
        }

        var all = new TrialTensor(parts[0].Trials, parts[0].Bins, parts.Sum(part => part.Units));
        int first = 0;
        foreach (TrialTensor part in parts)
        {
            for (int row = 0; row < part.Trials * part.Bins; row++)
            {
                part.Values.AsSpan(row * part.Units, part.Units).CopyTo(all.Values.AsSpan((row * all.Units) + first));
            }

            first += part.Units;
        }

        return all;
    }

    private static BehaviorTrials Join(RatesFile file, string[] keys, TrialTensor behavior, string like)
    {
        TrialTensor[] parts = [.. keys.Select(file.ReadTrials)];
        foreach ((string key, TrialTensor part) in keys.Zip(parts))
        {
            if (part.Trials != behavior.Trials || part.Bins != behavior.Bins)
            {
                throw new DataFormatException(file.Path, "/" + key, $"is {part}, expected the {behavior.Trials} trials of {behavior.Bins} bins of {like}");
            }
        }

        return new BehaviorTrials(Beside(parts), behavior);
    }
}
