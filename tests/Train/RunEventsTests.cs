using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Support;
using UnetSpikes.Train;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>What a run shows in TensorBoard, read back from its event file (see read_events.py for by what) and held against the run's other files.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class RunEventsTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [SkippableFact]
    public void Histograms_are_of_every_parameter_array_and_its_gradient()
    {
        JsonElement[] events = Train("--set", "TRAIN.HISTOGRAMS=true", "--set", "TRAIN.LOG_INTERVAL=1", "--set", "TRAIN.MAX_GRAD_NORM=0.01");

        Checkpoint last = _tiny.Last("run");
        ParameterLayout layout = last.Model.Build().Parameters;
        string[] names = [.. layout.Specs.Select(s => s.Name)];
        Assert.Equal(names.Select(n => "weights/" + n), events.TagsOf("weights/"));
        Assert.Equal(names.Select(n => "gradients/" + n), events.TagsOf("gradients/"));
        foreach (ParameterSpec array in layout.Specs)
        {
            JsonElement[] weights = events.Tagged("weights/" + array.Name);
            Assert.Equal([25.0, 30.0], weights.Select(e => e.Number("step")));
            float[] values = last.Parameters[layout.Offset(array.Name)..(layout.Offset(array.Name) + array.Count)];
            Assert.Equal((values.Min(), values.Max(), array.Count), ((float)weights[1].Number("min"), (float)weights[1].Number("max"), (int)weights[1].Number("num")));
            Assert.Equal(values.Sum(v => (double)v), weights[1].Number("sum"), 1e-9);
            Assert.Equal(array.Count, weights[1].GetProperty("bucket").EnumerateArray().Sum(b => b.GetDouble()));
        }

        // The arrays' squares add up to the norm the step itself computed, before it clipped.
        double squares = names.Sum(n => events.Tagged("gradients/" + n)[1].Number("sum_squares"));
        double norm = events.Tagged("train/gradient_norm")[^1].Number("simple_value");
        Assert.Equal(norm, Math.Sqrt(squares), 1e-5 * norm);
        Assert.True(norm > 0.01, "nothing was clipped");
    }

    /// <summary>The step that ran last has a batch size, and a session, of its own.</summary>
    [SkippableFact]
    public void With_averages_and_several_batch_sizes_histograms_are_of_the_validated_weights_and_the_last_steps_gradient()
    {
        JsonElement[] events = Train(
            "--set", "TRAIN.HISTOGRAMS=true", "--set", "TRAIN.LOG_INTERVAL=1", "--set", "TRAIN.AVERAGE=ema", "--set", "TRAIN.BATCH_SIZES=8@0,4@27",
            "--set", "TRAIN.SELECT_BY=newest");

        Checkpoint validated = _tiny.Best("run");
        ParameterLayout layout = validated.Model.Build().Parameters;
        Assert.NotEqual(_tiny.Last("run").Parameters, validated.Parameters);
        double squares = 0;
        foreach (ParameterSpec array in layout.Specs)
        {
            Assert.Equal(
                validated.Parameters.AsSpan(layout.Offset(array.Name), array.Count).ToArray().Sum(v => (double)v),
                events.Tagged("weights/" + array.Name)[^1].Number("sum"),
                1e-9);
            squares += events.Tagged("gradients/" + array.Name)[^1].Number("sum_squares");
        }

        double norm = events.Tagged("train/gradient_norm")[^1].Number("simple_value");
        Assert.Equal(norm, Math.Sqrt(squares), 1e-5 * norm);
    }

    [SkippableFact]
    public void Without_the_option_there_are_no_histograms_and_the_same_weights()
    {
        Assert.Equal(0, _tiny.Train("asked", 30, "--set", "TRAIN.HISTOGRAMS=true").Code);

        JsonElement[] events = Train();

        Assert.DoesNotContain(events, e => e.TryGetProperty("bucket", out _));
        Assert.Equal(_tiny.Last("asked").Parameters, _tiny.Last("run").Parameters);
    }

    [SkippableFact]
    public void The_middle_layer_is_a_picture_at_each_validation()
    {
        JsonElement[] pictures = Train().Tagged("middle/level 2 across");

        // 20 bins are padded to 21 and halved twice: 6; three channels doubled twice: 12; four pixels each.
        Assert.Equal([25.0, 30.0], pictures.Select(e => e.Number("step")));
        Assert.All(pictures, p => Assert.Equal((6 * 4.0, 12 * 4.0), (p.Number("width"), p.Number("height"))));
        Assert.NotEqual(pictures[0].GetProperty("rows").ToString(), pictures[1].GetProperty("rows").ToString());
    }

    [Theory]
    [InlineData(UnetSpikes.Models.Architecture.UNet, 2, "middle/level 2 across")]
    [InlineData(UnetSpikes.Models.Architecture.ResUNet, 2, "middle/level 2 from below")]
    [InlineData(UnetSpikes.Models.Architecture.Cnn, 2, "middle/hidden layer")]
    [InlineData(UnetSpikes.Models.Architecture.UNet, 0, null)]
    public void The_middle_is_what_the_deepest_level_hands_on(UnetSpikes.Models.Architecture architecture, int layers, string? middle)
    {
        SpikeNetwork network = new ModelOptions { Architecture = architecture, Channels = 3, Layers = layers, LatentDim = 4 }.Build();

        Graph graph = EvaluationGraph.Build(network, batch: 2, bins: 20, withMiddle: true);

        Assert.Equal(["log_rates", "rates", .. middle is null ? (string[])[] : [middle]], graph.Outputs.Select(o => o.Name));
        Assert.Equal(2, EvaluationGraph.Build(network, batch: 2, bins: 20).Outputs.Count);
    }

    /// <summary>The CNN's log-rates are a linear map of its middle layer, and can be computed from it by hand.</summary>
    [Fact]
    public void Middle_activations_are_those_of_the_first_trial_with_nothing_hidden()
    {
        var options = new ModelOptions { Architecture = UnetSpikes.Models.Architecture.Cnn, Channels = 3, LatentDim = 4 };
        SpikeNetwork network = options.Build();
        // More trials than go through the network at once, so that the first trial is not of the last run.
        var counts = new TrialTensor(70, 9, 3);
        var rng = new Rng(3, "counts");
        for (int i = 0; i < counts.Values.Length; i++)
        {
            counts.Values[i] = rng.NextPoisson(1);
        }

        NetworkState state = NetworkState.Untrained(network, counts, seed: 2);
        using var validation = new Validation(
            network,
            new SpikeSplit { Counts = counts, TrialIds = [.. Enumerable.Range(0, 70)] },
            new TrainOptions { DataFile = "" },
            Filling.Of(MaskFill.Zero, counts),
            Device.Cpu,
            threads: 1);

        validation.Score([state], out TrialTensor rates);

        HiddenActivations layer = Assert.Single(validation.Middle);
        Assert.Equal(("hidden layer", 4, 9 * 4), (layer.Name, layer.Channels, layer.Values.Length));
        int weight = network.Parameters.Offset("unembedding.weight"), bias = network.Parameters.Offset("unembedding.bias");
        for (int bin = 0; bin < 9; bin++)
        {
            for (int unit = 0; unit < 3; unit++)
            {
                double sum = state.Parameters[bias + unit];
                for (int channel = 0; channel < 4; channel++)
                {
                    sum += state.Parameters[weight + (unit * 4) + channel] * layer.Values[(bin * 4) + channel];
                }

                Assert.Equal(sum, Math.Log(rates.Values[(bin * 3) + unit]), 1e-5);
            }
        }
    }

    [SkippableFact]
    public void The_graph_is_the_forward_pass_with_its_scopes_operators_and_shapes()
    {
        JsonElement graph = Assert.Single(Train(), e => e.TryGetProperty("graph", out _)).GetProperty("graph");

        Graph expected = EvaluationGraph.Build(_tiny.Last("run").Model.Build(), batch: 8, bins: 20, withMiddle: true);
        string[] operators = [.. graph.EnumerateObject().Select(n => n.Value.GetProperty("op").GetString()!)];
        Assert.Equal(
            expected.Nodes.Select(n => n.OpType).Order(StringComparer.Ordinal),
            operators.Where(o => o is not ("Placeholder" or "Const" or "Output")).Order(StringComparer.Ordinal));
        Assert.Equal((expected.Inputs.Count, expected.Outputs.Count), (operators.Count(o => o == "Placeholder"), operators.Count(o => o == "Output")));
        Assert.Contains(graph.EnumerateObject(), n => n.Name.StartsWith("upsample_layers.0/", StringComparison.Ordinal));
        Assert.Equal("[[1,6,20,8]]", Attribute(graph.GetProperty("input"), "_output_shapes"));
        string source = graph.GetProperty("log_rates").GetProperty("input")[0].GetString()!;
        Assert.Equal("[[1,6,20,8]]", Attribute(graph.GetProperty(source), "_output_shapes"));
        JsonElement strided = graph.EnumerateObject().First(n => n.Value.GetProperty("attr").TryGetProperty("strides", out _)).Value;
        Assert.Equal(("Conv", "[2,1]"), (strided.GetProperty("op").GetString(), Attribute(strided, "strides")));
        Assert.Equal("1", Attribute(strided, "dtype"));
    }

    [SkippableFact]
    public void Options_and_scores_are_on_the_page_of_hyperparameters()
    {
        JsonElement[] events = Train("--lr", "0.002", "--set", "MODEL.UPSAMPLE=deconv");

        JsonElement start = Assert.Single(events.Tagged("_hparams_/session_start_info"));
        JsonElement options = start.GetProperty("hparams");
        Assert.Equal(0.002, options.Number("TRAIN.LR.INIT"));
        Assert.Equal(3, options.Number("MODEL.LATENT_DIM"));
        Assert.Equal("deconv", options.GetProperty("MODEL.UPSAMPLE").GetString());
        Assert.Equal("constant", options.GetProperty("TRAIN.LR.SCHEDULE").GetString()); // given as false, its synonym
        Assert.Equal("entry", options.GetProperty("TRAIN.MASK_MODE").GetString()); // a default
        Assert.Equal(0, options.Number("TRAIN.WEIGHT_DECAY")); // a default that protobuf would leave out
        JsonElement end = Assert.Single(events.Tagged("_hparams_/session_end_info"));
        Assert.Equal(1, end.GetProperty("status").GetInt32());
        Assert.InRange(end.Number("end"), start.Number("start"), start.Number("start") + 600);
        foreach (JsonProperty score in Result().EnumerateObject().Where(s => s.Value.ValueKind == JsonValueKind.Number))
        {
            JsonElement shown = Assert.Single(events.Tagged("result/" + score.Name));
            Assert.Equal((30, (float)score.Value.GetDouble()), ((int)shown.Number("step"), (float)shown.Number("simple_value")));
        }
    }

    [SkippableFact]
    public void A_resumed_run_starts_once_and_ends_with_its_new_scores()
    {
        Assert.Equal(0, _tiny.Train("run", 20).Code);
        string first = Assert.Single(Directory.GetFiles(_tiny.File("run"), "events.out.tfevents.*"));

        Assert.Equal(0, _tiny.Resume("run", 30).Code);

        string second = Assert.Single(Directory.GetFiles(_tiny.File("run"), "events.out.tfevents.*"), f => f != first);
        JsonElement[] resumed = EventFile.Read(second);
        Assert.Empty(resumed.Tagged("_hparams_/session_start_info"));
        Assert.DoesNotContain(resumed, e => e.TryGetProperty("graph", out _));
        Assert.Equal(30, Assert.Single(resumed.Tagged("result/steps")).Number("simple_value"));
    }

    [Fact]
    public void The_values_of_a_configuration_are_all_its_keys_with_a_value()
    {
        IReadOnlyDictionary<string, object> values = TrainConfiguration.Values(
            UnetSpikes.Data.Configuration.ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5", "SEED=18446744073709551615"]));

        // Without a default: the data say it, or nobody.
        Assert.Equal(
            [
                "DATA.BIN_MS", "DATA.CONVERSION_FACTOR", "DATA.VAL_FILENAME", "MODEL.MAX_SPIKE_COUNT", "TRAIN.BATCH_SIZES", "TRAIN.DISTILL", "TRAIN.MASK_RATIO_END",
                "TRAIN.MASK_RATIO_MAX",
            ],
            TrainConfiguration.KnownKeys().Except(values.Keys).Order(StringComparer.Ordinal));
        Assert.All(values.Values, value => Assert.True(value is double or bool or string));
        Assert.Equal("18446744073709551615", values["SEED"]); // as a double it would be another seed
    }

    private static string Attribute(JsonElement node, string name) => JsonSerializer.Serialize(node.GetProperty("attr").GetProperty(name));

    private JsonElement[] Train(params string[] more)
    {
        (int code, _, string error) = _tiny.Train("run", 30, more);
        Assert.True(code == 0, error);
        return EventFile.ReadOf(_tiny.File("run"));
    }

    private JsonElement Result() => JsonDocument.Parse(File.ReadAllText(Path.Combine(_tiny.File("run"), "result.json"))).RootElement;
}
