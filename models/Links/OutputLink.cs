using UnetSpikes.Onnx;

namespace UnetSpikes.Models.Links;

/// <summary>How the last layer's number x becomes a rate, and the loss that goes with it.</summary>
/// <remarks>
/// The x of a generalised linear model's linear predictor; statisticians call the inverse of <see cref="Apply"/> its link.
/// Every form here is of operators with gradient rules that ONNX Runtime has on the CPU and on CUDA.
/// </remarks>
public abstract record OutputLink
{
    /// <summary>What the optimizer changes beside the network's own parameters; they come last in the flat vector.</summary>
    public virtual IEnumerable<ParameterSpec> Parameters => [];

    /// <summary>Whether rounding of x reaches log-rates no larger than it is. Where not, an export is compared by its rates.</summary>
    public virtual bool KeepsLogRatesSteady => true;

    /// <summary>Adds rates and log-rates to a graph.</summary>
    /// <param name="g">The graph being built.</param>
    /// <param name="x">The last layer's output, in any layout.</param>
    /// <param name="parameter">The value in the graph of one of <see cref="Parameters"/>, by name.</param>
    public abstract PredictedRates Apply(Graph g, Value x, Func<string, Value> parameter);

    /// <summary>Adds the training loss to a graph: Poisson, unless a link says otherwise.</summary>
    /// <param name="g">The graph being built.</param>
    /// <param name="predicted">What <see cref="Apply"/> gave for [1, unit, bin, trial].</param>
    /// <param name="weights">w, same shape; 0 where an entry does not count.</param>
    /// <param name="weightedCounts">w·n, same shape.</param>
    /// <returns>A scalar.</returns>
    public virtual Value Loss(Graph g, PredictedRates predicted, Value weights, Value weightedCounts) =>
        PoissonLoss.Build(g, predicted, weights, weightedCounts);

    /// <summary>The x that gives a rate: what an untrained network's output bias is set to.</summary>
    /// <param name="rate">Expected spikes per bin, above 0.</param>
    public abstract double InverseAt(double rate);

    /// <summary>How large x was, from what it gave: an export may differ by rounding in proportion to it.</summary>
    /// <param name="logRate">ln(expected spikes per bin).</param>
    /// <param name="rate">Expected spikes per bin.</param>
    public virtual double MagnitudeOf(double logRate, double rate) => Math.Max(Math.Abs(logRate), rate);
}

/// <summary>What a network predicts, in the layout of its last layer.</summary>
/// <param name="Linear">x, the last layer's output.</param>
/// <param name="LogRates">ln(expected spikes per bin).</param>
/// <param name="Rates">Expected spikes per bin, never below 0.</param>
public sealed record PredictedRates(Value Linear, Value LogRates, Value Rates);
