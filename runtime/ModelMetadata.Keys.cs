using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnetSpikes.Core;

namespace UnetSpikes.Runtime;

/// <content>To and from the model's metadata_props.</content>
public sealed partial record ModelMetadata
{
    /// <summary>How the keys begin.</summary>
    public const string Prefix = "unet_spikes.";

    private static readonly Dictionary<string, RateLink> Links = new()
    {
        ["log"] = RateLink.Log,
        ["exp"] = RateLink.Exp,
        ["log1p_exp"] = RateLink.Log1pExp,
        ["softplus"] = RateLink.Softplus,
        ["identity"] = RateLink.Identity,
    };

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The keys and values for the model's metadata_props.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public IReadOnlyDictionary<string, string> ToDictionary()
    {
        if (Problem() is (string key, string problem))
        {
            throw new ArgumentException($"{Prefix}{key} {problem}");
        }

        var values = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [Prefix + "format_version"] = Text(FormatVersion),
            [Prefix + "bin_width_ms"] = Text(BinWidthMs),
            [Prefix + "unit_ids"] = JsonSerializer.Serialize(UnitIds, Readable),
            [Prefix + "unit_order_sha256"] = UnitOrderHash,
            [Prefix + "link"] = Links.Single(pair => pair.Value == Link).Key,
            [Prefix + "input_unit"] = InputUnit,
            [Prefix + "output_unit"] = OutputUnit,
            [Prefix + "receptive_field_left"] = Text(ReceptiveFieldLeft),
            [Prefix + "receptive_field_right"] = Text(ReceptiveFieldRight),
            [Prefix + "minimum_bins"] = Text(MinimumBins),
            [Prefix + "bin_multiple"] = Text(BinMultiple),
            [Prefix + "training_data_sha256"] = TrainingDataHash,
            [Prefix + "scores"] = ScoresText(Scores),
            [Prefix + "verification"] = VerificationJson,
            [Prefix + "commit"] = Commit,
            [Prefix + "licence"] = Licence,
            [Prefix + "architecture"] = Architecture,
            [Prefix + "created_by"] = CreatedBy,
        };
        // Keys of their own and no new version: a reader who does not know them infers the same rates.
        if (Precision != Fp32)
        {
            values.Add(Prefix + "precision", Precision);
        }

        if (Decoded is not null)
        {
            values.Add(Prefix + "decoded", Decoded.ToJson());
        }

        if (FormatVersion >= 2)
        {
            values.Add(Prefix + "needs_trials", NeedsTrials ? "true" : "false");
            values.Add(Prefix + "trial_bins", Text(TrialBins));
        }

        if (FormatVersion >= 3)
        {
            values.Add(Prefix + "held_in_units", Text(HeldInUnits));
            values.Add(Prefix + "forward_bins", Text(ForwardBins));
        }

        return values;
    }

    /// <summary>Whether a model says anything of itself in these keys: whether it is one of ours.</summary>
    /// <param name="values">Its metadata_props.</param>
    public static bool IsIn(IReadOnlyDictionary<string, string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.Keys.Any(key => key.StartsWith(Prefix, StringComparison.Ordinal));
    }

    /// <summary>Reads a model's metadata, strictly. Keys of other programs are left alone.</summary>
    /// <param name="path">The model file, for messages.</param>
    /// <param name="values">Its metadata_props.</param>
    /// <exception cref="CheckpointException">A key is missing or malformed, the version is newer than this program, or the unit ids are not those that were hashed.</exception>
    public static ModelMetadata FromDictionary(string path, IReadOnlyDictionary<string, string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var read = new Reader(path, values);
        int version = read.Int("format_version");
        if (version is < 1 or > CurrentFormat)
        {
            throw read.Bad("format_version", $"is {version}, expected 1 to {CurrentFormat}; a newer unet-spikes wrote this model");
        }

        var metadata = new ModelMetadata
        {
            BinWidthMs = read.Double("bin_width_ms"),
            UnitIds = read.Strings("unit_ids"),
            HeldInUnits = version >= 3 ? read.PositiveInt("held_in_units") : 0,
            ForwardBins = version >= 3 ? read.Int("forward_bins") : 0,
            Link = Links.TryGetValue(read.Text("link"), out RateLink link)
                ? link
                : throw read.Bad("link", $"is '{read.Text("link")}', expected {string.Join(", ", Links.Keys)}"),
            InputUnit = read.Text("input_unit"),
            OutputUnit = read.Text("output_unit"),
            ReceptiveFieldLeft = read.Int("receptive_field_left"),
            ReceptiveFieldRight = read.Int("receptive_field_right"),
            NeedsTrials = version >= 2 && read.Boolean("needs_trials"),
            TrialBins = version >= 2 ? read.Int("trial_bins") : 0,
            MinimumBins = read.Int("minimum_bins"),
            BinMultiple = read.Int("bin_multiple"),
            TrainingDataHash = read.Text("training_data_sha256"),
            Scores = read.Scores("scores"),
            Precision = read.Has("precision") ? read.Text("precision") : Fp32,
            Decoded = !read.Has("decoded") ? null
                : DecodedOutput.FromJson(read.Text("decoded")) ?? throw read.Bad("decoded", "is not JSON with columns, unit, decoder, decoder_sha256, first_lag, last_lag and r2"),
            VerificationJson = read.Text("verification"),
            Commit = read.Text("commit"),
            Licence = read.Text("licence"),
            Architecture = read.Text("architecture"),
            CreatedBy = read.Text("created_by"),
        };
        if (metadata.Problem() is (string key, string problem))
        {
            throw read.Bad(key, problem);
        }

        string hash = read.Text("unit_order_sha256");
        return hash == metadata.UnitOrderHash
            ? metadata
            : throw read.Bad("unit_order_sha256", "is not the hash of unit_ids, expected " + metadata.UnitOrderHash);
    }

    private (string Key, string Problem)? Problem() => this switch
    {
        { BinWidthMs: not (> 0 and < double.PositiveInfinity) } => ("bin_width_ms", $"is {Text(BinWidthMs)}, expected a number above 0"),
        { UnitIds.Count: 0 } => ("unit_ids", "is empty, expected at least one unit"),
        _ when HeldInUnits < 1 || HeldInUnits > UnitIds.Count => ("held_in_units", $"is {HeldInUnits}, expected 1 to the {UnitIds.Count} of unit_ids"),
        { ForwardBins: < 0 } => ("forward_bins", $"is {ForwardBins}, expected at least 0"),
        { ReceptiveFieldLeft: < 0 } => ("receptive_field_left", $"is {ReceptiveFieldLeft}, expected at least 0"),
        { ReceptiveFieldRight: < 0 } => ("receptive_field_right", $"is {ReceptiveFieldRight}, expected at least 0"),
        { TrialBins: < 0 } or { TrialBins: > 0, NeedsTrials: false } => ("trial_bins", $"is {TrialBins}, expected at least 0, and 0 where needs_trials is not true"),
        { MinimumBins: < 1 } => ("minimum_bins", $"is {MinimumBins}, expected at least 1"),
        { BinMultiple: < 1 } => ("bin_multiple", $"is {BinMultiple}, expected at least 1"),
        _ when !IsJsonObject(VerificationJson) => ("verification", "is not a JSON object"),
        _ => null,
    };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    // JSON has no NaN; a score that could not be computed is null.
    private static string ScoresText(IEnumerable<ModelScore> scores) => new JsonArray([.. scores.Select(s => new JsonObject
    {
        ["name"] = s.Name,
        ["value"] = double.IsFinite(s.Value) ? JsonValue.Create(s.Value) : null,
        ["definition"] = s.Definition,
    })]).ToJsonString(Readable);

    private static bool IsJsonObject(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Reads keys and names the one at fault.</summary>
    private sealed class Reader(string path, IReadOnlyDictionary<string, string> values)
    {
        private const int Shown = 200;

        /// <summary>What it quotes of a value is its beginning: values may be long.</summary>
        public CheckpointException Bad(string key, string problem, Exception? inner = null) =>
            new(path, Prefix + key, problem.Length > Shown ? problem[..Shown] + "…" : problem, inner);

        public bool Has(string key) => values.ContainsKey(Prefix + key);

        public string Text(string key) => values.TryGetValue(Prefix + key, out string? text)
            ? text
            : throw Bad(key, "is missing from the model's metadata, expected a model exported by unet-spikes");

        public int Int(string key) => int.TryParse(Text(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw Bad(key, $"is '{Text(key)}', expected a whole number");

        public int PositiveInt(string key) => Int(key) is > 0 and int value ? value : throw Bad(key, $"is {Text(key)}, expected at least 1");

        public bool Boolean(string key) => Text(key) switch
        {
            "true" => true,
            "false" => false,
            string other => throw Bad(key, $"is '{other}', expected true or false"),
        };

        public double Double(string key) => double.TryParse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw Bad(key, $"is '{Text(key)}', expected a number");

        public IReadOnlyList<string> Strings(string key)
        {
            JsonArray array = Array(key);
            return [.. array.Select(item => item is JsonValue v && v.TryGetValue(out string? text) ? text : throw Bad(key, "holds something that is not a string"))];
        }

        public IReadOnlyList<ModelScore> Scores(string key)
        {
            JsonArray array = Array(key);
            return [.. array.Select(item => item is JsonObject o
                && o["name"] is JsonValue n && n.TryGetValue(out string? name)
                && o["definition"] is JsonValue d && d.TryGetValue(out string? definition)
                && Number(o) is double value
                    ? new ModelScore(name, value, definition)
                    : throw Bad(key, "holds something that is not {name, value, definition}"))];
        }

        private static double? Number(JsonObject score) => score.TryGetPropertyValue("value", out JsonNode? node)
            ? node is null ? double.NaN : node is JsonValue v && v.TryGetValue(out double value) ? value : null
            : null;

        private JsonArray Array(string key)
        {
            try
            {
                return JsonNode.Parse(Text(key), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonArray ?? throw Bad(key, "is not a JSON list");
            }
            catch (JsonException e)
            {
                throw Bad(key, "is not JSON", e);
            }
        }
    }
}
