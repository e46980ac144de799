using UnetSpikes.Core;

namespace UnetSpikes.Recordings;

/// <summary>Which of a sorter's units are taken, by the labels people (or the sorter) gave them.</summary>
public enum UnitChoice
{
    /// <summary>All but those labelled noise: good, mua, unsorted.</summary>
    NotNoise,

    /// <summary>Single units.</summary>
    Good,

    /// <summary>Single units and multi-unit activity.</summary>
    GoodAndMua,

    /// <summary>Everything, noise included.</summary>
    All,
}

/// <summary>The choices by the names <c>--units</c> takes, and what they let through.</summary>
public static class UnitChoices
{
    /// <summary>The names <c>--units</c> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["good", "good+mua", "not-noise", "all"];

    /// <summary>A choice by name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="UsageException">There is none of that name.</exception>
    public static UnitChoice Parse(string name) => name switch
    {
        "good" => UnitChoice.Good,
        "good+mua" => UnitChoice.GoodAndMua,
        "not-noise" => UnitChoice.NotNoise,
        "all" => UnitChoice.All,
        _ => throw new UsageException("--units", $"is {name}, expected one of {string.Join(", ", Names)}"),
    };

    /// <summary>Whether a unit is taken.</summary>
    /// <param name="choice">The choice.</param>
    /// <param name="label">phy's: good, mua, noise, unsorted; in any case.</param>
    public static bool Takes(this UnitChoice choice, string label) => choice switch
    {
        UnitChoice.All => true,
        UnitChoice.NotNoise => !Is(label, "noise"),
        UnitChoice.GoodAndMua => Is(label, "good") || Is(label, "mua"),
        _ => Is(label, "good"),
    };

    private static bool Is(string label, string expected) => label.Equals(expected, StringComparison.OrdinalIgnoreCase);
}
