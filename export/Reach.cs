using UnetSpikes.Models;

namespace UnetSpikes.Export;

/// <summary>How far an exported model sees, on what grid of bins, and whether it must see whole trials.</summary>
/// <param name="Field">The receptive field.</param>
/// <param name="BinMultiple">See <see cref="SpikeNetwork.BinMultiple"/>.</param>
/// <param name="NeedsTrials">See <see cref="SpikeNetwork.NeedsTrials"/>.</param>
/// <param name="TrialBins">See <see cref="SpikeNetwork.TrialBins"/>.</param>
public sealed record Reach(ReceptiveField Field, int BinMultiple, bool NeedsTrials, int? TrialBins)
{
    /// <summary>Of one network, or of several side by side: the widest field and the coarsest grid, which every other grid divides, and what any of them needs.</summary>
    /// <param name="members">At least one; <see cref="TrainedNetworks.Load"/> sees to it that they take trials of one length.</param>
    public static Reach Of(IReadOnlyList<Checkpoint> members)
    {
        SpikeNetwork[] networks = [.. members.Select(member => member.Model.Build())];
        return new Reach(
            new ReceptiveField(networks.Max(n => n.ReceptiveField.Left), networks.Max(n => n.ReceptiveField.Right)),
            networks.Max(n => n.BinMultiple), // All are powers of two.
            networks.Any(n => n.NeedsTrials),
            networks.Max(n => n.TrialBins));
    }
}
