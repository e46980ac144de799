using System.Globalization;
using System.Text.Json;

namespace UnetSpikes.Runtime;

/// <summary>What an export found when it compared the model with its checkpoint, in short; the whole, case by case, is the metadata's JSON.</summary>
/// <param name="Cases">How many comparisons.</param>
/// <param name="Largest">The largest absolute difference of any.</param>
/// <param name="IsOfRates">Whether of rates, in spikes per bin; else of log-rates.</param>
/// <param name="Tolerance">What was allowed; for counts of 0, 50 and 255 times the last layer's largest output.</param>
/// <param name="Data">What the counts were.</param>
/// <param name="R2Before">R² of the checkpoint's rates, mean over units; null where true rates are not known.</param>
/// <param name="R2After">R² of the model's.</param>
public sealed record VerificationSummary(int Cases, double Largest, bool IsOfRates, double Tolerance, string Data, double? R2Before, double? R2After)
{
    /// <summary>Reads a model's.</summary>
    /// <param name="metadata">What the model says of itself.</param>
    /// <returns>Null where the model was not verified.</returns>
    public static VerificationSummary? Of(ModelMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        using JsonDocument document = JsonDocument.Parse(metadata.VerificationJson);
        JsonElement report = document.RootElement;
        if (!report.TryGetProperty("cases", out JsonElement cases) || cases.ValueKind != JsonValueKind.Array || cases.GetArrayLength() == 0)
        {
            return null;
        }

        bool isOfRates = report.TryGetProperty("is_of_rates", out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
        string quantity = isOfRates ? "abs_rates" : "abs_log_rates";
        return new VerificationSummary(
            cases.GetArrayLength(),
            cases.EnumerateArray().Max(c => Number(c, quantity) ?? double.NaN),
            isOfRates,
            Number(report, "atol") ?? double.NaN,
            report.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.String ? data.GetString()! : "counts not described",
            Number(report, "r2_before"),
            Number(report, "r2_after"));
    }

    /// <summary>One line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Cases} cases, {(IsOfRates ? "rates" : "log-rates")} within {Largest:0.0E+0} of the checkpoint's");

    private static double? Number(JsonElement parent, string key) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
