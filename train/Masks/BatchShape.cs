namespace UnetSpikes.Train.Masks;

/// <summary>Size of a batch; its entries lie as [trial, bin, unit].</summary>
/// <param name="Trials">Trials.</param>
/// <param name="Bins">Bins per trial.</param>
/// <param name="Units">Units.</param>
public readonly record struct BatchShape(int Trials, int Bins, int Units)
{
    /// <summary>Entries of one trial.</summary>
    public int PerTrial => Bins * Units;

    /// <summary>Entries of all trials.</summary>
    public int Count => Trials * PerTrial;
}
