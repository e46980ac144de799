using UnetSpikes.Onnx;

namespace UnetSpikes.Models.Links;

/// <summary>rate = eˣ: the last layer gives log-rates.</summary>
/// <remarks>Rates, and the loss of entries that count, leave float32's range above x = 88.7, as eˣ itself does.</remarks>
public sealed record ExpLink : OutputLink
{
    /// <inheritdoc/>
    public override PredictedRates Apply(Graph g, Value x, Func<string, Value> parameter) => new(x, x, g.Exp(x));

    /// <inheritdoc/>
    public override double InverseAt(double rate) => Math.Log(rate);

    /// <inheritdoc/>
    public override double MagnitudeOf(double logRate, double rate) => Math.Abs(logRate);
}
