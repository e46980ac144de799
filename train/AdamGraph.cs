using UnetSpikes.Onnx;

namespace UnetSpikes.Train;

/// <summary>Adam with AMSGrad as graph nodes, on flat vectors: PyTorch's <c>torch.optim.Adam(amsgrad=True)</c>, term by term.</summary>
/// <remarks>
/// m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  v̂ ← max(v̂, v);  θ ← θ − (lr / (1−β₁ᵗ)) · m / (√v̂ / √(1−β₂ᵗ) + ε).
/// The two corrections depend on the step and the schedule, so they come in as numbers (<see cref="StepSizes"/>).
/// Weight decay is added to the gradient (L2), as Adam of PyTorch does.
/// </remarks>
public static class AdamGraph
{
    /// <summary>Decay of the first moment.</summary>
    public const double Beta1 = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public const double Beta2 = 0.999;

    /// <summary>Added to the denominator.</summary>
    public const double Epsilon = 1e-8;

    /// <summary>The two numbers a step needs beside the gradient.</summary>
    /// <param name="learningRate">The schedule's rate at this step.</param>
    /// <param name="step">From 1.</param>
    /// <returns>lr / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ).</returns>
    public static (float StepSize, float RootCorrection) StepSizes(double learningRate, long step) =>
        ((float)(learningRate / (1 - Math.Pow(Beta1, step))), (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step))));

    /// <summary>Adds one update to a graph.</summary>
    /// <param name="g">The graph.</param>
    /// <param name="parameters">θ, [n].</param>
    /// <param name="gradient">Of the loss by θ, [n], clipped already.</param>
    /// <param name="state">m, v and v̂, each [n].</param>
    /// <param name="stepSize">lr / (1 − β₁ᵗ), [1].</param>
    /// <param name="rootCorrection">1 / √(1 − β₂ᵗ), [1].</param>
    /// <param name="weightDecay">L2 penalty's factor.</param>
    /// <returns>θ, m, v, v̂ after the step.</returns>
    public static (Value Parameters, AdamState State) Update(
        Graph g, Value parameters, Value gradient, AdamState state, Value stepSize, Value rootCorrection, double weightDecay)
    {
        using IDisposable scope = g.Scope("adam");
        if (weightDecay > 0)
        {
            gradient = g.Add(gradient, g.Mul(parameters, weightDecay));
        }

        Value m = g.Add(g.Mul(state.First, Beta1), g.Mul(gradient, 1 - Beta1));
        Value v = g.Add(g.Mul(state.Second, Beta2), g.Mul(g.Mul(gradient, gradient), 1 - Beta2));
        Value largest = g.Max(state.LargestSecond, v);
        Value denominator = g.Add(g.Mul(g.Sqrt(largest), rootCorrection), Epsilon);
        Value updated = g.Sub(parameters, g.Mul(g.Div(m, denominator), stepSize));
        return (updated, new AdamState(m, v, largest));
    }
}

/// <summary>Adam's memory in a graph: m, v and AMSGrad's largest v, each as long as the parameter vector.</summary>
public sealed record AdamState(Value First, Value Second, Value LargestSecond);
