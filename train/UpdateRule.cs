namespace UnetSpikes.Train;

/// <summary>What a training step does with the gradient, as far as it is built into the graph.</summary>
/// <param name="WeightDecay">L2 penalty's factor; 0 for none.</param>
/// <param name="MaxGradientNorm">The gradient is scaled down to this norm; 0 for no clipping.</param>
/// <param name="KeepsAverage">Whether an average of the parameters over the steps is part of the state.</param>
public sealed record UpdateRule(double WeightDecay = 0, double MaxGradientNorm = 0, bool KeepsAverage = false);
