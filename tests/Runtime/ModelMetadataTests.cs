using FsCheck;
using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Runtime;
using Xunit;

namespace UnetSpikes.Tests.Runtime;

public class ModelMetadataTests
{
    private static readonly ModelMetadata Example = new()
    {
        BinWidthMs = 5,
        UnitIds = ["unit 1", "unit \"2\"", "µ3"],
        Link = RateLink.Log,
        ReceptiveFieldLeft = 31,
        ReceptiveFieldRight = 30,
        MinimumBins = 1,
        BinMultiple = 8,
        TrainingDataHash = "ab12",
        Scores = [new ModelScore("r2_uniform", 0.88, "r2_score(multioutput=uniform_average) on validation rates"), new ModelScore("bits_per_spike", double.NaN, "n/a")],
        VerificationJson = """{"max_abs": 2e-7}""",
        Commit = "20e216f",
        Licence = "MIT",
        Architecture = "unet layers=3 dim=29 latent=20 upsample=linear",
        CreatedBy = "unet-spikes 0.1.0",
    };

    [Fact]
    public void What_is_written_is_what_is_read()
    {
        // Valid Unicode only: protobuf strings can hold nothing else.
        Gen<string> text = Gen.ListOf(Gen.Elements("a", "Z", "\"", "\\", "µ", "\u0001", "\n", "😀", ",", "")).Select(string.Concat);
        Gen<ModelMetadata> any =
            from width in Gen.Choose(1, 1_000_000)
            from units in Gen.NonEmptyListOf(text)
            from link in Gen.Elements(Enum.GetValues<RateLink>())
            from left in Gen.Choose(0, 1000)
            from minimum in Gen.Choose(1, int.MaxValue)
            from multiple in Gen.Choose(1, 512)
            from needsTrials in Gen.Elements(true, false)
            from scores in Gen.ListOf(from name in text from value in ArbMap.Default.GeneratorFor<double>() from definition in text select new ModelScore(name, value, definition))
            from words in text.ArrayOf(6)
            select Example with
            {
                BinWidthMs = width / 3.0,
                UnitIds = [.. units],
                Link = link,
                ReceptiveFieldLeft = left,
                MinimumBins = minimum,
                BinMultiple = multiple,
                NeedsTrials = needsTrials,
                Scores = [.. scores.Select(s => double.IsFinite(s.Value) ? s : s with { Value = double.NaN })],
                TrainingDataHash = words[0],
                Commit = words[1],
                Licence = words[2],
                Architecture = words[3],
                CreatedBy = words[4],
                InputUnit = words[5],
            };

        Prop.ForAll(any.ToArbitrary(), m =>
        {
            ModelMetadata read = ModelMetadata.FromDictionary("m.onnx", m.ToDictionary());
            return read.UnitIds.SequenceEqual(m.UnitIds) && read.Scores.SequenceEqual(m.Scores)
                && read with { UnitIds = m.UnitIds, Scores = m.Scores } == m;
        }).Check(Config.QuickThrowOnFailure.WithReplay(2024, 7));
    }

    [Fact]
    public void Precision_and_a_decoder_are_said_where_they_are_not_as_usual_and_older_models_lack_them()
    {
        var decoded = new DecodedOutput(["vx", "\"vy\" µ"], "m/s", "ridge, 8 bins of history", "ab12", -8, 0, 0.75);
        ModelMetadata lowered = Example with { Precision = "int8", Decoded = decoded };

        ModelMetadata read = ModelMetadata.FromDictionary("m.onnx", lowered.ToDictionary()), usual = ModelMetadata.FromDictionary("m.onnx", Example.ToDictionary());

        Assert.Equal("int8", read.Precision);
        Assert.Equal(decoded.Columns, read.Decoded!.Columns);
        Assert.Equal(decoded, read.Decoded with { Columns = decoded.Columns });
        Assert.Equal(1, read.FormatVersion);
        Assert.Equal(("fp32", null), (usual.Precision, usual.Decoded));
        Assert.DoesNotContain(Example.ToDictionary().Keys, key => key.EndsWith("precision", StringComparison.Ordinal) || key.EndsWith("decoded", StringComparison.Ordinal));
        foreach (string malformed in new[] { "{}", "[]", "no JSON", lowered.ToDictionary()["unet_spikes.decoded"].Replace("-8", "1", StringComparison.Ordinal) })
        {
            var values = new Dictionary<string, string>(lowered.ToDictionary()) { ["unet_spikes.decoded"] = malformed };
            Assert.Contains("is not JSON with columns", Assert.Throws<CheckpointException>(() => ModelMetadata.FromDictionary("m.onnx", values)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_key_is_required_and_named_when_missing()
    {
        foreach (string key in Example.ToDictionary().Keys)
        {
            Dictionary<string, string> values = new(Example.ToDictionary());
            values.Remove(key);

            var e = Assert.Throws<CheckpointException>(() => ModelMetadata.FromDictionary("m.onnx", values));

            Assert.StartsWith($"m.onnx: '{key}' is missing", e.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A program that reads version 1 cuts recordings into pieces, so it must not read such a model.</summary>
    [Fact]
    public void A_model_that_needs_whole_trials_is_of_version_2_and_only_such_a_one()
    {
        IReadOnlyDictionary<string, string> values = (Example with { NeedsTrials = true }).ToDictionary();
        Assert.Equal(("2", "true"), (values["unet_spikes.format_version"], values["unet_spikes.needs_trials"]));
        Assert.Equal("1", Example.ToDictionary()["unet_spikes.format_version"]);

        var broken = new Dictionary<string, string>(values) { ["unet_spikes.needs_trials"] = "yes" };
        Assert.Equal("unet_spikes.needs_trials", Assert.Throws<CheckpointException>(() => ModelMetadata.FromDictionary("m.onnx", broken)).Key);
    }

    /// <summary>A program of before would feed it all units, and read outputs of another shape.</summary>
    [Theory]
    [InlineData(2, 0, false)]
    [InlineData(3, 10, true)]
    public void A_model_that_predicts_more_than_it_sees_is_of_version_3(int heldIn, int forwardBins, bool needsTrials)
    {
        ModelMetadata written = Example with { HeldInUnits = heldIn, ForwardBins = forwardBins, NeedsTrials = needsTrials };
        IReadOnlyDictionary<string, string> values = written.ToDictionary();

        ModelMetadata read = ModelMetadata.FromDictionary("m.onnx", values);

        Assert.Equal("3", values["unet_spikes.format_version"]);
        Assert.Equal((heldIn, forwardBins, needsTrials), (read.HeldInUnits, read.ForwardBins, read.NeedsTrials));
        Assert.Equal(written.UnitIds.Take(heldIn), read.InputUnitIds);
        foreach ((string key, string value) in new[] { ("held_in_units", "0"), ("held_in_units", "4"), ("forward_bins", "-1") })
        {
            var broken = new Dictionary<string, string>(values) { ["unet_spikes." + key] = value };
            Assert.Equal("unet_spikes." + key, Assert.Throws<CheckpointException>(() => ModelMetadata.FromDictionary("m.onnx", broken)).Key);
        }
    }

    [Fact]
    public void A_model_of_older_versions_sees_all_it_predicts()
    {
        ModelMetadata read = ModelMetadata.FromDictionary("m.onnx", (Example with { NeedsTrials = true }).ToDictionary());

        Assert.Equal((3, 0), (read.HeldInUnits, read.ForwardBins));
    }

    [Theory]
    [InlineData("format_version", "4")]
    [InlineData("format_version", "0")]
    [InlineData("format_version", "1.0")]
    [InlineData("bin_width_ms", "0")]
    [InlineData("bin_width_ms", "-5")]
    [InlineData("bin_width_ms", "NaN")]
    [InlineData("bin_width_ms", "Infinity")]
    [InlineData("bin_width_ms", "5,0")]
    [InlineData("unit_ids", "[]")]
    [InlineData("unit_ids", "[1]")]
    [InlineData("unit_ids", "{}")]
    [InlineData("unit_ids", "[\"a\"")]
    [InlineData("unit_order_sha256", "00")]
    [InlineData("link", "Log")]
    [InlineData("receptive_field_left", "-1")]
    [InlineData("receptive_field_right", "9999999999")]
    [InlineData("minimum_bins", "0")]
    [InlineData("bin_multiple", "0")]
    [InlineData("scores", "[{\"name\":\"x\"}]")]
    [InlineData("scores", "[{\"name\":\"x\",\"name\":\"y\",\"value\":1,\"definition\":\"\"}]")]
    [InlineData("scores", "[{\"name\":\"x\",\"value\":\"1\",\"definition\":\"\"}]")]
    [InlineData("verification", "[]")]
    [InlineData("verification", "{")]
    public void A_malformed_value_is_refused_by_its_key(string key, string value)
    {
        Dictionary<string, string> values = new(Example.ToDictionary()) { ["unet_spikes." + key] = value };

        var e = Assert.Throws<CheckpointException>(() => ModelMetadata.FromDictionary("m.onnx", values));

        Assert.Equal("unet_spikes." + key, e.Key);
        Assert.Equal(4, e.ExitCode);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Units_in_another_order_hash_differently_and_boundaries_count()
    {
        Assert.NotEqual(ModelMetadata.HashUnits(["a", "b"]), ModelMetadata.HashUnits(["b", "a"]));
        Assert.NotEqual(ModelMetadata.HashUnits(["ab", ""]), ModelMetadata.HashUnits(["a", "b"]));
        Assert.NotEqual(ModelMetadata.HashUnits(["1:a"]), ModelMetadata.HashUnits(["", "a"]));
    }

    [Fact]
    public void Nonsense_is_not_written() => Assert.Throws<ArgumentException>(() => (Example with { BinWidthMs = 0 }).ToDictionary());
}
