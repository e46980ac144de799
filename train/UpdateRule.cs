namespace UnetSpikes.Train;

/// <summary>How a step follows the gradient.</summary>
public enum OptimizerKind
{
    /// <summary>Adam that divides by the largest second moment so far (Reddi et al. 2018): PyTorch's <c>Adam(amsgrad=True)</c>.</summary>
    AmsGrad,

    /// <summary>Adam (Kingma and Ba 2015): PyTorch's <c>Adam</c>.</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019): PyTorch's <c>AdamW</c>.</summary>
    AdamW,
}

/// <summary>What a training step does with the gradient, as far as it is built into the graph.</summary>
/// <param name="Optimizer">How it follows the gradient.</param>
/// <param name="WeightDecay">L2 penalty's factor, added to the gradient; with AdamW, what each step takes off the parameters, times the learning rate.</param>
/// <param name="MaxGradientNorm">The gradient is scaled down to this norm; 0 for no clipping.</param>
/// <param name="KeepsAverage">Whether an average of the parameters over the steps is part of the state.</param>
public sealed record UpdateRule(
    OptimizerKind Optimizer = OptimizerKind.AmsGrad, double WeightDecay = 0, double MaxGradientNorm = 0, bool KeepsAverage = false)
{
    /// <summary>Whether the optimizer remembers the largest second moment.</summary>
    public bool KeepsLargest => Optimizer == OptimizerKind.AmsGrad;

    /// <summary>Whether weight decay bypasses the gradient: the step is then fed by how much the parameters shrink.</summary>
    public bool ShrinksParameters => Optimizer == OptimizerKind.AdamW && WeightDecay > 0;
}
