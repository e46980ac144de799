using System.Globalization;

namespace UnetSpikes.Models.Import;

/// <summary>The link as the ancestor's hyper-parameters say it: <c>ilink</c>, <c>beta</c>, and <c>loss</c>, whose canonical link it may be.</summary>
internal static class AncestorLink
{
    /// <summary>Reads it.</summary>
    /// <param name="settings">Hyper-parameters.</param>
    /// <param name="model">Options to put it into.</param>
    /// <returns>The options with the link; null where the hyper-parameters say nothing, or nothing that is known here.</returns>
    public static ModelOptions? Of(IReadOnlyDictionary<string, string> settings, ModelOptions model) =>
        (settings.GetValueOrDefault("ilink"), settings.GetValueOrDefault("loss")) switch
        {
            ("exp", _) or ("canonical", "poisson") => model with { Link = LinkFunction.Exp },
            ("identity", _) or ("canonical", "mse") => model with { Link = LinkFunction.Identity },
            ("softplus", _) => model with { Link = LinkFunction.Softplus, LinkBeta = Beta(settings) },
            _ => null,
        };

    private static double Beta(IReadOnlyDictionary<string, string> settings) =>
        double.TryParse(settings.GetValueOrDefault("beta"), NumberStyles.Float, CultureInfo.InvariantCulture, out double beta) && beta > 0 ? beta : 1;
}
