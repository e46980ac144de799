namespace UnetSpikes.Core;

/// <summary>The part of every trial that a model sees: its first bins of the first units. All else is predicted without being seen.</summary>
/// <remarks>
/// The Neural Latents Benchmark's terms (Pei et al. 2021): the units seen are held in, the others held out (co-smoothing); the bins behind those
/// seen are forward bins (forward prediction).
/// </remarks>
/// <param name="Bins">Bins seen, from the trial's first.</param>
/// <param name="Units">Units seen, from the first.</param>
public readonly record struct ObservedPart(int Bins, int Units)
{
    /// <summary>Whether everything is seen.</summary>
    /// <param name="all">Whole trials, [trial, bin, unit].</param>
    public bool IsAllOf(TrialTensor all) => Bins == all.Bins && Units == all.Units;

    /// <summary>What is seen of whole trials; the tensor itself where that is all.</summary>
    /// <param name="all">Whole trials, [trial, bin, unit].</param>
    public TrialTensor Of(TrialTensor all) => IsAllOf(all) ? all : all.Part(..Bins, ..Units);

    /// <summary>The held-out units' bins beside those seen; null where no unit is held out.</summary>
    /// <param name="all">Whole trials, [trial, bin, unit].</param>
    public TrialTensor? HeldOut(TrialTensor all) => Units < all.Units ? all.Part(..Bins, Units..) : null;

    /// <summary>The forward bins of all units; null where there are none.</summary>
    /// <param name="all">Whole trials, [trial, bin, unit].</param>
    public TrialTensor? Forward(TrialTensor all) => Bins < all.Bins ? all.Part(Bins.., ..) : null;
}
