using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using Xunit;
using Network = UnetSpikes.Models.Architecture;

namespace UnetSpikes.Tests.Export;

/// <summary>Models in float16 and with int8 weights: smaller, close to the checkpoint, and refused where they are not.</summary>
public class PrecisionExportTests
{
    private static readonly Dictionary<string, ModelOptions> Networks = new()
    {
        ["unet"] = new ModelOptions { Channels = 6, Layers = 2, LatentDim = 16 },
        ["unet, deconv"] = new ModelOptions { Channels = 6, Layers = 2, LatentDim = 16, Upsample = Upsampling.Deconv },
        ["cnn, softplus"] = new ModelOptions { Architecture = Network.Cnn, Channels = 6, LatentDim = 16, Link = LinkFunction.Softplus },
        ["resunet"] = new ModelOptions { Architecture = Network.ResUNet, Channels = 6, Layers = 2, LatentDim = 16, ResUNet = new() { Norm = NormKind.Group } },
        ["convnext"] = new ModelOptions { Architecture = Network.ResUNet, Channels = 6, Layers = 1, LatentDim = 16, ResUNet = new() { Block = BlockKind.ConvNext } },
        ["ndt"] = new ModelOptions { Architecture = Network.Ndt, Channels = 6, Layers = 2, Ndt = new NdtOptions { HiddenSize = 16, TrialBins = 11 } },
    };

    public static TheoryData<string, Precision> Cases()
    {
        var cases = new TheoryData<string, Precision>();
        foreach (string name in Networks.Keys)
        {
            cases.Add(name, Precision.Fp16);
            cases.Add(name, Precision.Int8);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_form_is_within_the_precisions_tolerance_and_not_within_float32s(string name, Precision precision)
    {
        Checkpoint checkpoint = ExportFixtures.Small(Networks[name]);
        Verification verification = Of(checkpoint, Tolerance.Of(precision, maxLoss: 1)), strict = Of(checkpoint, Tolerance.Of(Precision.Fp32));
        foreach (ModelForm form in Enum.GetValues<ModelForm>())
        {
            byte[] model = Bytes(checkpoint, form, precision);

            VerificationReport report = verification.Check("model", model);

            Assert.True(report.Problem is null, $"{form}: {report.Problem}");
            Assert.Equal(precision.ToString().ToLowerInvariant(), report.Precision);
            Assert.Contains("differ from the checkpoint's", strict.Check("model", model).Problem, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Precision.Fp16)]
    [InlineData(Precision.Int8)]
    public void A_weight_that_is_off_is_found(Precision precision)
    {
        Checkpoint checkpoint = ExportFixtures.Small(Networks["unet"]);
        float[] wrong = [.. checkpoint.Parameters];
        wrong[^1] += 1;

        VerificationReport report = Of(checkpoint, Tolerance.Of(precision, maxLoss: 1)).Check("model", Bytes(checkpoint with { Parameters = wrong }, ModelForm.Batch, precision));

        Assert.Contains("differ from the checkpoint's", report.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Precision.Fp16)]
    [InlineData(Precision.Int8)]
    public void An_ensemble_is_too(Precision precision)
    {
        Checkpoint[] members = [ExportFixtures.Small(Networks["unet"], seed: 1), ExportFixtures.Small(Networks["unet, deconv"], seed: 2)];
        var verification = new Verification(members, VerificationData.Synthetic(6), Tolerance.Of(precision, maxLoss: 1), threads: 1);

        VerificationReport report = verification.Check("model", GraphWriter.ToBytes(InferenceGraph.Build([.. members.Select(FoldedNetwork.Of)], ModelForm.Auto, precision)));

        Assert.Null(report.Problem);
    }

    [Fact]
    public void Files_are_smaller()
    {
        Checkpoint checkpoint = ExportFixtures.Small(new ModelOptions { Channels = 50, Layers = 3, LatentDim = 32 });
        int Size(Precision precision) => Bytes(checkpoint, ModelForm.Batch, precision).Length;

        int whole = Size(Precision.Fp32);

        Assert.InRange(Size(Precision.Fp16), 0.5 * whole, 0.65 * whole);
        Assert.InRange(Size(Precision.Int8), 0.25 * whole, 0.5 * whole);
    }

    [Fact]
    public void Inputs_and_outputs_stay_float32_and_the_link_is_in_float32()
    {
        Graph graph = InferenceGraph.Build([FoldedNetwork.Of(ExportFixtures.Small(Networks["unet"]))], ModelForm.Auto, Precision.Fp16);

        GraphValidator.Validate(graph);
        Assert.All(graph.Inputs.Concat(graph.Outputs), value => Assert.Equal(ElementType.Float, value.Type));
        Assert.All(graph.Nodes.Where(n => n.OpType == "Exp"), n => Assert.Equal(ElementType.Float, n.Output.Type));
        Assert.All(graph.Nodes.SelectMany(n => n.Branches).SelectMany(b => b.Nodes).Where(n => n.OpType is "Conv" or "Gemm"), n => Assert.Equal(ElementType.Float16, n.Output.Type));
    }

    [Theory]
    [InlineData(0.4, 0.3, null)]
    [InlineData(0.4999, 0.3, "0.1000 of R2 of rates")]
    [InlineData(0.4, 0.2, "0.0500 of bits per spike")]
    [InlineData(double.NaN, 0.3, "of R2 of rates")]
    public void A_loss_above_the_limit_is_a_problem_and_a_gain_is_none(double r2, double bits, string? problem)
    {
        VerificationReport report = Of(ExportFixtures.Small(), Tolerance.Of(Precision.Int8)).Check("model", Bytes(ExportFixtures.Small(), ModelForm.Batch, Precision.Fp32)) with
        {
            R2Before = r2 > 0.45 ? r2 + 0.1 : 0.3,
            R2After = r2,
            BitsPerSpikeBefore = 0.25,
            BitsPerSpikeAfter = bits,
        };

        if (problem is null)
        {
            Assert.Null(report.Problem);
        }
        else
        {
            Assert.Contains(problem, report.Problem, StringComparison.Ordinal);
            Assert.Contains("expected at most 0.002 (--max-loss)", report.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ULPs_are_those_of_the_rates()
    {
        TrialTensor counts = new(1, 2, 2);
        TrialTensor rates = new(1, 2, 2, [1, 2, 3, 4]), logRates = new(1, 2, 2, [0, 1, 2, 3]);
        float[] off = [1, 2, MathF.BitIncrement(3), MathF.BitDecrement(MathF.BitDecrement(4))];

        VerificationCase c = VerificationCase.Of("case", counts, new EvaluatedRates(logRates, rates), ([0, 1, 2, 3], off), magnitude: 1);

        Assert.Equal((2, 2), (c.RatesUlpMax, c.RatesUlpP99));
        Assert.Equal(0, c.AbsLogRates);
        Assert.Equal(4 - (double)off[3], c.AbsRates);
    }

    private static Verification Of(Checkpoint checkpoint, Tolerance tolerance) =>
        new([checkpoint], VerificationData.Synthetic(checkpoint.Model.CountChannels), tolerance, threads: 1);

    private static byte[] Bytes(Checkpoint checkpoint, ModelForm form, Precision precision) =>
        GraphWriter.ToBytes(InferenceGraph.Build([FoldedNetwork.Of(checkpoint)], form, precision));
}
