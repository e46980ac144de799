namespace UnetSpikes.Sweep;

/// <summary>Successive halving (Jamieson and Talwalkar 2016) that keeps a third: after each rung, only the best combinations train on.</summary>
public static class Halving
{
    private const int Keep = 3;

    /// <summary>The members that go on.</summary>
    /// <param name="members">Those that ran in a rung, each with its validation loss; null = it failed.</param>
    /// <returns>
    /// All seeds of the best third of the combinations (rounded up), by the mean over seeds of the masked validation loss. A combination
    /// of which a seed failed does not go on: its mean would be of the luckier ones.
    /// </returns>
    public static IReadOnlyList<ManifestLine> Survivors(IReadOnlyList<(ManifestLine Line, double? ValidationLoss)> members)
    {
        var combinations = members.GroupBy(member => member.Line.Combination).ToList();
        int kept = (combinations.Count + Keep - 1) / Keep;
        return [.. combinations
            .Where(group => group.All(member => member.ValidationLoss is not null))
            .OrderBy(group => group.Average(member => member.ValidationLoss!.Value))
            .Take(kept)
            .SelectMany(group => group.Select(member => member.Line))];
    }
}
