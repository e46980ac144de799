using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace UnetSpikes.Runtime;

/// <summary>What the network's last layer gives.</summary>
public enum RateLink
{
    /// <summary>The natural log of the rate; the rate is its exp.</summary>
    Log,

    /// <summary>The rate itself, already through exp.</summary>
    Exp,

    /// <summary>x, of which the rate is ln(1 + a·eˣ).</summary>
    Log1pExp,

    /// <summary>x, of which the rate is ln(1 + e^(βx))/β.</summary>
    Softplus,

    /// <summary>The rate itself, where it is not below 0.</summary>
    Identity,
}

/// <summary>A score of the model with what it means, so that it can be compared with another's.</summary>
/// <param name="Name">Such as <c>r2_uniform</c>.</param>
/// <param name="Value">Its value.</param>
/// <param name="Definition">How it was computed and on what.</param>
public sealed record ModelScore(string Name, double Value, string Definition);

/// <summary>What an exported model says of itself: everything needed to run it without a second file, and where it came from.</summary>
/// <remarks>Lives in the model's metadata_props under <c>unet_spikes.*</c>; docs/formats.md lists the keys.</remarks>
public sealed partial record ModelMetadata
{
    /// <summary><see cref="Precision"/> of a model that is float32 throughout.</summary>
    public const string Fp32 = "fp32";

    /// <summary>The newest version of these keys that this program reads.</summary>
    public const int CurrentFormat = 3;

    /// <summary>
    /// Version of the keys, the oldest that says all there is to say: 2 where a reader of version 1 would infer wrongly, which is where <see cref="NeedsTrials"/>; 3 where
    /// inputs and outputs differ in their units or bins.
    /// </summary>
    public int FormatVersion => HeldInUnits < UnitIds.Count || ForwardBins > 0 ? 3 : NeedsTrials ? 2 : 1;

    /// <summary>Width of a bin in milliseconds, above 0.</summary>
    public required double BinWidthMs { get; init; }

    /// <summary>The units in the order of the model's output channels, at least one.</summary>
    public required IReadOnlyList<string> UnitIds { get; init; }

    /// <summary>How many of them, from the first, are the model's input channels; the others are held out. All unless said otherwise.</summary>
    public int HeldInUnits { get => field == 0 ? UnitIds.Count : field; init; }

    /// <summary>The units whose counts go in.</summary>
    public IReadOnlyList<string> InputUnitIds => [.. UnitIds.Take(HeldInUnits)];

    /// <summary>Bins behind those that go in, for which rates come out too.</summary>
    public int ForwardBins { get; init; }

    /// <summary>What the network's last layer gives. The model's <c>rates</c> and <c>log_rates</c> outputs are what their names say either way.</summary>
    public required RateLink Link { get; init; }

    /// <summary>Unit of the numbers in <c>spikes</c>.</summary>
    public string InputUnit { get; init; } = "spikes/bin";

    /// <summary>Unit of the numbers in <c>rates</c>.</summary>
    public string OutputUnit { get; init; } = "spikes/bin";

    /// <summary>Bins before an output bin that can change it.</summary>
    public required int ReceptiveFieldLeft { get; init; }

    /// <summary>Bins after an output bin that can change it.</summary>
    public required int ReceptiveFieldRight { get; init; }

    /// <summary>Whether a rate depends on its whole trial, beyond the receptive field: then pieces of a recording cannot be inferred on their own.</summary>
    public bool NeedsTrials { get; init; }

    /// <summary>The number of bins of the only trials that the model was trained for; 0 = any. Only where <see cref="NeedsTrials"/>.</summary>
    public int TrialBins { get; init; }

    /// <summary>The shortest input in bins, at least 1.</summary>
    public required int MinimumBins { get; init; }

    /// <summary>The model pads inputs to a multiple of this many bins; 1 = to none. Windows cut at multiples see the same grid.</summary>
    public required int BinMultiple { get; init; }

    /// <summary>SHA-256 of the training data, as the checkpoint has it; "unknown" where another program trained the model.</summary>
    public required string TrainingDataHash { get; init; }

    /// <summary>Whether the file says what data the model was trained on.</summary>
    [JsonIgnore]
    public bool SaysTrainingData => TrainingDataHash != "unknown";

    /// <summary>Scores on validation data.</summary>
    public required IReadOnlyList<ModelScore> Scores { get; init; }

    /// <summary>What the model's weights are stored in and what it computes in: fp32, fp16 or int8. Its inputs and outputs are float32 either way.</summary>
    public string Precision { get; init; } = Fp32;

    /// <summary>What the output <c>decoded</c> is; null where there is no decoder behind the rates.</summary>
    public DecodedOutput? Decoded { get; init; }

    /// <summary>What the export checked and found, a JSON object.</summary>
    public required string VerificationJson { get; init; }

    /// <summary>The program's commit, or "unknown".</summary>
    public required string Commit { get; init; }

    /// <summary>Licence of the model, an SPDX name where there is one.</summary>
    public required string Licence { get; init; }

    /// <summary>The network in one line, such as "unet layers=3 dim=29 latent=20 upsample=linear".</summary>
    public required string Architecture { get; init; }

    /// <summary>The program and version that wrote the model.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>SHA-256 over the unit ids in order: two models with the same value take the same channels.</summary>
    public string UnitOrderHash => HashUnits(UnitIds);

    /// <summary>SHA-256 over unit ids in order, lower-case hex. Each id is hashed with its length, so that no two lists collide.</summary>
    /// <param name="unitIds">In the order of the channels.</param>
    public static string HashUnits(IEnumerable<string> unitIds)
    {
        ArgumentNullException.ThrowIfNull(unitIds);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string id in unitIds)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(id);
            hash.AppendData(Encoding.ASCII.GetBytes(bytes.Length.ToString(CultureInfo.InvariantCulture) + ":"));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
