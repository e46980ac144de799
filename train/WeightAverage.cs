using UnetSpikes.Onnx;

namespace UnetSpikes.Train;

/// <summary>Which mean of the parameters over the steps is kept.</summary>
public enum AverageMode
{
    /// <summary>None: the newest parameters are what counts.</summary>
    None,

    /// <summary>Exponential moving average: every step's parameters, older ones with weights that fall geometrically.</summary>
    Ema,

    /// <summary>Stochastic weight averaging (Izmailov et al. 2018): the plain mean from one step on.</summary>
    Swa,
}

/// <summary>An average of the parameters over the steps: what is validated, kept and exported in place of the newest ones.</summary>
/// <remarks>
/// average ← (1 − w) · average + w · parameters, after every step. Only the number w tells the modes apart, and it is fed, so
/// every mode is the same graph.
/// </remarks>
/// <param name="Mode">Which mean.</param>
/// <param name="Decay">EMA: what a step's weight falls by with each later step, 0 to below 1.</param>
/// <param name="Start">SWA: the first update of the mean; below 1, the fraction of all updates after which it begins.</param>
public sealed record WeightAverage(AverageMode Mode = AverageMode.None, double Decay = 0.99, double Start = 0.75)
{
    /// <summary>Whether there is one.</summary>
    public bool IsOn => Mode != AverageMode.None;

    /// <summary>w of a step.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="totalSteps">Steps of the whole run.</param>
    /// <remarks>
    /// The first 1/(1 − decay) steps of an EMA are a plain mean: were w small at once, the untrained weights would stay in
    /// the average for hundreds of steps. Before SWA begins the average is the newest parameters.
    /// </remarks>
    public double NewestWeight(long step, long totalSteps) => Mode switch
    {
        AverageMode.Ema => Math.Max(1 - Decay, 1.0 / step),
        AverageMode.Swa => 1.0 / Math.Max(1, step - FirstStep(totalSteps) + 1),
        _ => 1,
    };

    /// <summary>Adds the average after a step to a graph.</summary>
    /// <param name="g">The graph.</param>
    /// <param name="average">Before the step, [n].</param>
    /// <param name="parameters">After the step, [n].</param>
    /// <param name="newestWeight">w, [1].</param>
    public static Value Update(Graph g, Value average, Value parameters, Value newestWeight)
    {
        using IDisposable scope = g.Scope("average");
        // Two products, so that w = 1 gives the parameters to the last bit.
        Value oldWeight = g.Sub(g.Scalar(newestWeight, 1), newestWeight);
        return g.Add(g.Mul(average, oldWeight), g.Mul(parameters, newestWeight));
    }

    private long FirstStep(long totalSteps) => Start < 1 ? (long)(Start * totalSteps) + 1 : (long)Start;
}
