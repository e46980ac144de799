using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Sweep;

/// <summary>What all members of a sweep have in common; <c>sweep.json</c> in its folder.</summary>
/// <param name="Config">The configuration; null for the defaults.</param>
/// <param name="Data">The data set; null where the configuration names it.</param>
/// <param name="Settings">KEY=VALUE, as given to <c>--set</c>, under what a member varies.</param>
/// <param name="Rungs">Updates of each rung of successive halving, ascending; empty = every member is trained to its end.</param>
public sealed record SweepPlan(string? Config, string? Data, IReadOnlyList<string> Settings, IReadOnlyList<long> Rungs)
{
    /// <summary>The key rungs set.</summary>
    public const string Updates = "TRAIN.NUM_UPDATES";

    /// <summary>All that <c>train</c> is told for a member, but where to write and on what to run.</summary>
    /// <param name="line">The member.</param>
    public IReadOnlyList<string> OptionsOf(ManifestLine line)
    {
        string[] config = Config is string c ? ["--config", c] : [], data = Data is string d ? ["--data", d] : [];
        IEnumerable<string> settings = Settings.Concat(line.Overrides.Select(pair => $"{pair.Key}={pair.Value}"));
        return [.. config, .. data, .. settings.SelectMany(setting => (string[])["--set", setting]), "--seed", line.Seed.ToString(CultureInfo.InvariantCulture)];
    }

    /// <summary>All combinations of a grid with every seed; the last axis changes fastest, seeds faster still.</summary>
    /// <param name="axes">The grid, at least one axis.</param>
    /// <param name="seeds">1 to this.</param>
    public static IReadOnlyList<ManifestLine> Grid(IReadOnlyList<GridAxis> axes, int seeds)
    {
        RequireDistinct(axes.Select(axis => axis.Key));
        IEnumerable<IReadOnlyList<string>> combinations = axes.Aggregate(
            (IEnumerable<IReadOnlyList<string>>)[[]], (sofar, axis) => sofar.SelectMany(values => axis.Values.Select(value => (IReadOnlyList<string>)[.. values, value])));
        return Lines(combinations.Select(values => axes.Select(axis => axis.Key).Zip(values)), seeds);
    }

    /// <summary>Random combinations with every seed: ranges are drawn from, and of a grid's values one is chosen.</summary>
    /// <param name="count">Combinations.</param>
    /// <param name="axes">Keys whose values are listed.</param>
    /// <param name="ranges">Keys whose values lie in an interval.</param>
    /// <param name="seeds">1 to this.</param>
    /// <param name="rng">The sweep's stream.</param>
    public static IReadOnlyList<ManifestLine> Random(int count, IReadOnlyList<GridAxis> axes, IReadOnlyList<RangeAxis> ranges, int seeds, Rng rng)
    {
        RequireDistinct(axes.Select(axis => axis.Key).Concat(ranges.Select(range => range.Key)));
        (string, string)[][] drawn = [.. Enumerable.Range(0, count).Select(_ => ((string, string)[])[
            .. axes.Select(axis => (axis.Key, axis.Values[rng.NextInt(axis.Values.Count)])), .. ranges.Select(range => (range.Key, range.Draw(rng)))])];
        return Lines(drawn, seeds);
    }

    private static ManifestLine[] Lines(IEnumerable<IEnumerable<(string Key, string Value)>> combinations, int seeds) =>
        [.. combinations.SelectMany((values, i) => Enumerable.Range(1, seeds).Select(seed =>
        {
            string id = $"{i + 1:000}-s{seed}";
            return new ManifestLine(id, values.ToDictionary(pair => pair.Key, pair => pair.Value), (ulong)seed, "runs/" + id);
        }))];

    private static void RequireDistinct(IEnumerable<string> keys)
    {
        if (keys.GroupBy(key => key).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UsageException("--grid", $"{twice.Key} is varied twice");
        }
    }
}

/// <summary>One line of a sweep's manifest: one training run.</summary>
/// <param name="Id">Number of the combination, and the seed.</param>
/// <param name="Overrides">Configuration key → value: what this member varies.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Folder">Its run folder, relative to the sweep's.</param>
/// <param name="Options"><see cref="SweepPlan.OptionsOf"/>: a line alone says all there is to train. Null in sweeps planned before there was this.</param>
public sealed record ManifestLine(string Id, IReadOnlyDictionary<string, string> Overrides, ulong Seed, string Folder, IReadOnlyList<string>? Options = null)
{
    /// <summary>What all seeds of a combination share.</summary>
    internal string Combination => string.Join(' ', Overrides.Select(pair => $"{pair.Key}={pair.Value}"));
}
