using UnetSpikes.Onnx;

namespace UnetSpikes.Models.Links;

/// <summary>What several networks predict together: the mean of their log-rates, whose exp is the rate, whatever their own links.</summary>
/// <param name="Members">The members' links.</param>
public sealed record MeanLogRate(IReadOnlyList<OutputLink> Members) : OutputLink
{
    /// <inheritdoc/>
    public override bool KeepsLogRatesSteady => Members.All(member => member.KeepsLogRatesSteady);

    /// <summary>The link of what the members give together; one network's is its own.</summary>
    /// <param name="members">At least one.</param>
    public static OutputLink Of(IEnumerable<SpikeNetwork> members) => members.Select(member => member.Link).ToArray() is var links && links.Length == 1
        ? links[0]
        : new MeanLogRate(links);

    /// <inheritdoc/>
    /// <param name="g">The graph being built.</param>
    /// <param name="x">The mean log-rate.</param>
    /// <param name="parameter">Not asked: the members' parameters are in x.</param>
    public override PredictedRates Apply(Graph g, Value x, Func<string, Value> parameter) => new(x, x, g.Exp(x));

    /// <inheritdoc/>
    public override double InverseAt(double rate) => Math.Log(rate);

    /// <inheritdoc/>
    public override double MagnitudeOf(double logRate, double rate) => Members.Max(member => member.MagnitudeOf(logRate, rate));
}
