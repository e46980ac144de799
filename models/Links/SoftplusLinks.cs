using UnetSpikes.Onnx;

namespace UnetSpikes.Models.Links;

/// <summary>rate = ln(1 + e^(βx))/β: proportional to x where it is large, e^(βx)/β where it is very negative.</summary>
/// <param name="Beta">Sharpness of the bend, above 0; the larger, the nearer to max(x, 0).</param>
public sealed record SoftplusLink(double Beta) : OutputLink
{
    /// <inheritdoc/>
    public override PredictedRates Apply(Graph g, Value x, Func<string, Value> parameter)
    {
        if (Beta == 1)
        {
            (Value plain, Value logOfPlain) = StableSoftplus.Build(g, x);
            return new PredictedRates(x, logOfPlain, plain);
        }

        (Value rates, Value logRates) = StableSoftplus.Build(g, g.Mul(x, Beta));
        return new PredictedRates(x, g.Add(logRates, -Math.Log(Beta)), g.Mul(rates, 1 / Beta));
    }

    /// <inheritdoc/>
    public override double InverseAt(double rate) => StableSoftplus.Inverse(Beta * rate) / Beta;
}

/// <summary>rate = ln(1 + a·eˣ), which is softplus of x + ln a.</summary>
/// <param name="Scale">a, above 0; what it starts from where it is learnt.</param>
/// <param name="IsLearnable">Whether a = <paramref name="Scale"/>·e^θ with a trained θ, so that it stays above 0.</param>
public sealed record Log1pExpLink(double Scale, bool IsLearnable) : OutputLink
{
    /// <summary>The name of θ, [1].</summary>
    public const string LogScale = "link.log_scale";

    /// <inheritdoc/>
    public override IEnumerable<ParameterSpec> Parameters => IsLearnable ? [new ParameterSpec(LogScale, [1], Initialization.Zero)] : [];

    /// <inheritdoc/>
    public override PredictedRates Apply(Graph g, Value x, Func<string, Value> parameter)
    {
        Value shifted = IsLearnable ? g.Add(x, parameter(LogScale)) : x;
        (Value rates, Value logRates) = StableSoftplus.Build(g, Scale == 1 ? shifted : g.Add(shifted, Math.Log(Scale)));
        return new PredictedRates(x, logRates, rates);
    }

    /// <inheritdoc/>
    public override double InverseAt(double rate) => StableSoftplus.Inverse(rate) - Math.Log(Scale);
}
