using UnetSpikes.Models;

namespace UnetSpikes.Export;

/// <summary>How far an exported model sees, and on what grid of bins.</summary>
public static class Reach
{
    /// <summary>Of one network, or of several side by side: the widest field and the coarsest grid, which every other grid divides.</summary>
    /// <param name="members">At least one.</param>
    public static (ReceptiveField Field, int BinMultiple) Of(IReadOnlyList<Checkpoint> members)
    {
        SpikeNetwork[] networks = [.. members.Select(member => member.Model.Build())];
        var field = new ReceptiveField(networks.Max(n => n.ReceptiveField.Left), networks.Max(n => n.ReceptiveField.Right));
        // All are powers of two.
        return (field, networks.Max(n => n.BinMultiple));
    }
}
