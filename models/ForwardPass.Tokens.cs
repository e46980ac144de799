using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <content>What attention needs: trials as rows of tokens, [trial, token, feature].</content>
public abstract partial class ForwardPass
{
    /// <summary>Activations, or the counts as they come into the graph, as [trial, bin, channel].</summary>
    /// <param name="x">Activations.</param>
    /// <param name="channels">How many channels they have.</param>
    public abstract Value ToTrials(Value x, long channels);

    /// <summary>Undoes <see cref="ToTrials"/>: activations again.</summary>
    /// <param name="trials">[trial, bin, channel].</param>
    /// <param name="channels">How many channels there are.</param>
    public abstract Value FromTrials(Value trials, long channels);

    /// <summary>Log-rates as they leave the graph.</summary>
    /// <param name="trials">[trial, bin, unit].</param>
    /// <param name="units">How many units there are.</param>
    public abstract Value LogRatesFromTrials(Value trials, long units);

    /// <summary>An affine map of every token's features.</summary>
    /// <param name="x">[trial, token, in].</param>
    /// <param name="weight">[out, in], as PyTorch has it.</param>
    /// <param name="bias">[out].</param>
    /// <returns>[trial, token, out].</returns>
    public abstract Value Linear(Value x, Value weight, Value bias);

    /// <summary>A parameter cut along its first axis into equal parts.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="count">How many parts.</param>
    public abstract IReadOnlyList<Value> Parts(string name, int count);

    /// <summary>How far each token lies ahead of each other: [token, other token], other − token, 64-bit integers.</summary>
    /// <param name="tokens">[trial, token, feature].</param>
    public abstract Value Distances(Value tokens);

    /// <summary>x·Φ(x), Φ the normal distribution's cumulative function, from operators of opset 17.</summary>
    /// <param name="x">Anything.</param>
    public Value Gelu(Value x) => Graph.Mul(x, Graph.Mul(Graph.Add(Graph.Add("Erf", [Graph.Mul(x, Math.Sqrt(0.5))]), 1), 0.5));

    /// <summary>Positions in a row one after another, as a matrix of their distances.</summary>
    protected Value DistancesOf(Value positions) => Graph.Sub(
        Graph.Add("Unsqueeze", [positions, Graph.Ints(0)]), Graph.Add("Unsqueeze", [positions, Graph.Ints(1)]));
}
