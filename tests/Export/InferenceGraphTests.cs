using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Models;
using Xunit;
using Network = UnetSpikes.Models.Architecture;

namespace UnetSpikes.Tests.Export;

/// <summary>The exported graph computes what PyTorch's network does, in every form, for every size.</summary>
public class InferenceGraphTests
{
    /// <summary>Outputs of magnitude 1 to 10 after some 20 layers in float32.</summary>
    private const double Tolerance = 1e-5;

    private static readonly ModelForm[] Forms = [ModelForm.Auto, ModelForm.Batch, ModelForm.Latency];

    public static TheoryData<string> Cases()
    {
        using PyTorchGolden golden = PyTorchGolden.UNet();
        return [.. golden.Cases()];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_form_gives_PyTorchs_outputs_for_every_length(string name)
    {
        using PyTorchGolden golden = PyTorchGolden.UNet();
        Checkpoint checkpoint = ExportFixtures.Golden(golden, name);
        foreach (ModelForm form in Forms)
        {
            using OnnxSession session = ExportFixtures.Session(ExportFixtures.Bytes(checkpoint, form));
            foreach (int bins in new[] { 17, 50, 100, 101 })
            {
                TrialTensor input = golden.BinFirst($"{name}/input_T{bins}");
                TrialTensor expected = golden.BinFirst($"{name}/output_T{bins}");

                // 2 trials are the latency form's, 14 the batch form's.
                foreach (int repeats in new[] { 1, 7 })
                {
                    float[] output = ExportFixtures.Run(session, Repeat(input, repeats))[InferenceGraph.LogRates].Values<float>();

                    double error = ExportFixtures.Distance(Repeat(expected, repeats).Values, output);
                    Assert.True(error <= Tolerance, $"{form}, {2 * repeats} trials, {bins} bins: {error:E1}");
                }
            }
        }
    }

    [Theory]
    [InlineData(Network.UNet, Upsampling.Linear, 3)]
    [InlineData(Network.UNet, Upsampling.Deconv, 2)]
    [InlineData(Network.UNet, Upsampling.Linear, 0)]
    [InlineData(Network.Cnn, Upsampling.Linear, 0)]
    public void One_file_takes_25_combinations_of_batch_and_bins(Network architecture, Upsampling upsample, int layers)
    {
        RequireEveryCombination(new ModelOptions { Architecture = architecture, Channels = 6, Layers = layers, LatentDim = 4, Upsample = upsample });
    }

    [Theory]
    [InlineData(16)] // Groups become groups of 16, which divide the width of every level
    [InlineData(20)] // of 8 below, and one dense convolution above
    [InlineData(36)] // of 8 below, and stay what they are above.
    public void So_does_a_network_of_any_width(int width) =>
        RequireEveryCombination(new ModelOptions { Channels = 6, Layers = 2, LatentDim = width });

    [Theory]
    [InlineData(NormKind.Batch, 2, false)]
    [InlineData(NormKind.Batch, 0, true)]
    [InlineData(NormKind.Layer, 3, true)]
    [InlineData(NormKind.Group, 2, false)]
    [InlineData(NormKind.None, 1, true)]
    public void So_does_a_residual_networks(NormKind norm, int layers, bool isCausal) => RequireEveryCombination(
        new ModelOptions { Architecture = Network.ResUNet, Channels = 6, Layers = layers, LatentDim = 4, ResUNet = new() { Norm = norm, IsCausal = isCausal } });

    [Theory]
    [InlineData(0, 7, 1)]
    [InlineData(2, 5, 2)]
    public void And_one_with_ConvNeXts_blocks(int layers, int kernel, int dilation) => RequireEveryCombination(new ModelOptions
    {
        Architecture = Network.ResUNet,
        Channels = 6,
        Layers = layers,
        LatentDim = 4,
        ResUNet = new() { Block = BlockKind.ConvNext, Kernel = kernel, Dilation = dilation },
    });

    private static void RequireEveryCombination(ModelOptions model)
    {
        Checkpoint checkpoint = ExportFixtures.Small(model);
        var evaluation = new EvaluationRuns([checkpoint], threads: 1);
        var data = VerificationData.Synthetic(6);
        OnnxSession[] sessions = [.. Forms.Select(form => ExportFixtures.Session(ExportFixtures.Bytes(checkpoint, form)))];

        foreach (int batch in new[] { 1, 2, 5, InferenceGraph.LatencyUpTo, InferenceGraph.LatencyUpTo + 1 })
        {
            foreach (int bins in new[] { 1, 2, 9, 16, 61 })
            {
                TrialTensor counts = data.Window(batch, bins);
                float[] expected = evaluation.Of(counts).LogRates.Values;
                foreach (OnnxSession session in sessions)
                {
                    IReadOnlyDictionary<string, HostTensor> outputs = ExportFixtures.Run(session, counts);

                    Assert.True(ExportFixtures.Distance(expected, outputs[InferenceGraph.LogRates].Values<float>()) <= Tolerance, $"[{batch}, {bins}]");
                    Assert.Equal([batch, bins, 6], outputs[InferenceGraph.Rates].Shape);
                    Assert.Equal([batch, bins, model.LatentDim], outputs[InferenceGraph.Latents].Shape);
                }
            }
        }

        Array.ForEach(sessions, session => session.Dispose());
    }

    [Fact]
    public void Rates_are_the_exp_of_log_rates_and_log_rates_a_linear_map_of_the_latents()
    {
        Checkpoint checkpoint = ExportFixtures.Small();
        SpikeNetwork network = checkpoint.Model.Build();
        Dictionary<string, NamedArray> arrays = network.Parameters.Unflatten(checkpoint.Parameters);
        (float[] weight, float[] bias) = (arrays["unembedding.weight"].Values, arrays["unembedding.bias"].Values);
        foreach (ModelForm form in Forms)
        {
            using OnnxSession session = ExportFixtures.Session(ExportFixtures.Bytes(checkpoint, form));
            IReadOnlyDictionary<string, HostTensor> outputs = ExportFixtures.Run(session, VerificationData.Synthetic(6).Window(5, 23));
            float[] logRates = outputs[InferenceGraph.LogRates].Values<float>(), latents = outputs[InferenceGraph.Latents].Values<float>();

            float[] mapped = [.. logRates.Select((_, i) =>
                bias[i % 6] + Enumerable.Range(0, 4).Sum(k => weight[(i % 6 * 4) + k] * latents[(i / 6 * 4) + k]))];

            Assert.True(ExportFixtures.Distance(mapped, logRates) <= Tolerance);
            Assert.True(ExportFixtures.Distance(Array.ConvertAll(logRates, MathF.Exp), outputs[InferenceGraph.Rates].Values<float>()) <= Tolerance);
        }
    }

    [Fact]
    public void The_graph_is_of_the_standard_names_its_outputs_and_carries_nothing_unused()
    {
        foreach (ModelForm form in Forms)
        {
            Graph graph = ExportFixtures.Graph(ExportFixtures.Small(), form);
            Graph[] all = [graph, .. graph.Nodes.SelectMany(n => n.Branches)];

            GraphValidator.Validate(graph);
            Assert.Equal(["spikes"], graph.Inputs.Select(v => v.Name));
            Assert.Equal("[batch, bin, 6]", graph.Inputs[0].Shape!.ToString());
            Assert.Equal(["rates", "log_rates", "latents"], graph.Outputs.Select(v => v.Name));
            Assert.All(all.SelectMany(g => g.Nodes), node => Assert.Equal("", node.Domain));
            // An Identity at the end is a copy of the whole output.
            Assert.DoesNotContain(all.SelectMany(g => g.Outputs), output => output.Producer!.OpType == "Identity");
            Assert.Equal(form == ModelForm.Auto ? 3 : 1, all.Length);
            HashSet<Value> used = [.. all.SelectMany(g => g.Nodes).SelectMany(n => n.Uses())];
            Assert.All(all.SelectMany(g => g.Initializers), constant => Assert.Contains(constant, used));
        }
    }

    private static TrialTensor Repeat(TrialTensor trials, int times) => new(
        trials.Trials * times, trials.Bins, trials.Units, [.. Enumerable.Repeat(trials.Values, times).SelectMany(v => v)]);
}
