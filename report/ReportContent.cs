using UnetSpikes.Core;

namespace UnetSpikes.Report;

/// <summary>Everything the page shows.</summary>
public sealed record ReportContent
{
    /// <summary>The runs, in the order they were named.</summary>
    public required IReadOnlyList<RunContent> Runs { get; init; }

    /// <summary>Configuration keys that are not the same in all runs.</summary>
    public required IReadOnlyList<ConfigDifference> Differences { get; init; }

    /// <summary>What the numbers beside plots are.</summary>
    public Definitions Definitions { get; init; } = new(Roughness.Definition, LevelAblations.AgreementDefinition, RateScores.UniformDefinition);

    /// <summary>Gathers the page.</summary>
    /// <param name="runs">The runs.</param>
    public static ReportContent Of(IReadOnlyList<RunContent> runs) => new() { Runs = runs, Differences = [.. DifferencesOf(runs)] };

    private static IEnumerable<ConfigDifference> DifferencesOf(IReadOnlyList<RunContent> runs)
    {
        foreach (string key in runs.SelectMany(run => run.Config.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            string?[] values = [.. runs.Select(run => run.Config.GetValueOrDefault(key))];
            if (values.Distinct().Count() > 1)
            {
                yield return new ConfigDifference(key, values);
            }
        }
    }
}

/// <summary>A configuration key with each run's value.</summary>
/// <param name="Key">Such as <c>TRAIN.MASK_RATIO</c>.</param>
/// <param name="Values">In the runs' order; null where a run leaves it at its default.</param>
public sealed record ConfigDifference(string Key, IReadOnlyList<string?> Values);

/// <summary>Definitions that stand beside numbers of plots and tables.</summary>
/// <param name="Roughness">See <see cref="UnetSpikes.Core.Roughness.Definition"/>.</param>
/// <param name="Agreement">See <see cref="LevelAblations.AgreementDefinition"/>.</param>
/// <param name="R2">See <see cref="RateScores.UniformDefinition"/>.</param>
public sealed record Definitions(string Roughness, string Agreement, string R2);
