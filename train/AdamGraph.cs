using UnetSpikes.Onnx;

namespace UnetSpikes.Train;

/// <summary>Adam and its kin as graph nodes, on flat vectors: PyTorch's <c>torch.optim.Adam</c> and <c>AdamW</c>, term by term.</summary>
/// <remarks>
/// m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  θ ← θ − (lr / (1−β₁ᵗ)) · m / (√v / √(1−β₂ᵗ) + ε).
/// AMSGrad puts v̂ ← max(v̂, v) in place of v. Weight decay λ adds λθ to g; AdamW takes θ ← (1 − lr·λ)θ first instead.
/// What depends on the step and the schedule comes in as numbers (<see cref="StepSizes"/>, <see cref="Kept"/>).
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

    /// <summary>What AdamW's decay leaves of the parameters in one step.</summary>
    /// <param name="learningRate">The schedule's rate at this step.</param>
    /// <param name="weightDecay">λ.</param>
    /// <returns>1 − lr·λ.</returns>
    public static float Kept(double learningRate, double weightDecay) => (float)(1 - (learningRate * weightDecay));

    /// <summary>Adds one update to a graph.</summary>
    /// <param name="g">The graph.</param>
    /// <param name="rule">Which optimizer, and its weight decay.</param>
    /// <param name="parameters">θ, [n].</param>
    /// <param name="gradient">Of the loss by θ, [n], clipped already.</param>
    /// <param name="state">m, v and, for AMSGrad, v̂, each [n].</param>
    /// <param name="fed">The step's numbers.</param>
    /// <returns>θ, m, v, v̂ after the step.</returns>
    public static (Value Parameters, AdamState State) Update(
        Graph g, UpdateRule rule, Value parameters, Value gradient, AdamState state, AdamFeeds fed)
    {
        using IDisposable scope = g.Scope("adam");
        if (fed.Kept is not null)
        {
            parameters = g.Mul(parameters, fed.Kept);
        }
        else if (rule.WeightDecay > 0)
        {
            gradient = g.Add(gradient, g.Mul(parameters, rule.WeightDecay));
        }

        Value m = g.Add(g.Mul(state.First, Beta1), g.Mul(gradient, 1 - Beta1));
        Value v = g.Add(g.Mul(state.Second, Beta2), g.Mul(g.Mul(gradient, gradient), 1 - Beta2));
        Value? largest = state.LargestSecond is null ? null : g.Max(state.LargestSecond, v);
        Value denominator = g.Add(g.Mul(g.Sqrt(largest ?? v), fed.RootCorrection), Epsilon);
        Value updated = g.Sub(parameters, g.Mul(g.Div(m, denominator), fed.StepSize));
        return (updated, new AdamState(m, v, largest));
    }
}

/// <summary>Adam's memory in a graph: m, v and AMSGrad's largest v, each as long as the parameter vector.</summary>
public sealed record AdamState(Value First, Value Second, Value? LargestSecond);

/// <summary>The numbers of one step, each [1].</summary>
/// <param name="StepSize">lr / (1 − β₁ᵗ).</param>
/// <param name="RootCorrection">1 / √(1 − β₂ᵗ).</param>
/// <param name="Kept">1 − lr·λ; null where the decay goes through the gradient.</param>
public sealed record AdamFeeds(Value StepSize, Value RootCorrection, Value? Kept);
