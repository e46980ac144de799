using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using Xunit;
using Network = UnetSpikes.Models.Architecture;

namespace UnetSpikes.Tests.Export;

/// <summary>The same model in every opset that can be asked for.</summary>
public class OpsetExportTests
{
    /// <summary>Some roundings of activations around 1 to 11 bits.</summary>
    private const double HalfTolerance = 8.0 / 2048;

    public static TheoryData<int> Opsets() => [.. Enumerable.Range(Operators.OldestOpset, Operators.NewestOpset - Operators.OldestOpset + 1)];

    [Theory]
    [MemberData(nameof(Opsets))]
    public void Every_opset_gives_the_usual_ones_numbers(int opset)
    {
        // Group normalisation has means, whose axes are given in another way from opset 18 on.
        ModelOptions[] networks =
        [
            new() { Channels = 6, Layers = 2, LatentDim = 16 },
            new() { Architecture = Network.ResUNet, Channels = 6, Layers = 2, LatentDim = 8, ResUNet = new() { Norm = NormKind.Group } },
        ];
        TrialTensor counts = VerificationData.Synthetic(6).Window(6, 33);
        foreach (Checkpoint checkpoint in networks.Select(model => ExportFixtures.Small(model)))
        {
            foreach (Precision precision in Enum.GetValues<Precision>())
            {
                IReadOnlyDictionary<string, HostTensor> usual = Outputs(checkpoint, precision, Graph.UsualOpset, counts), asked = Outputs(checkpoint, precision, opset, counts);

                // To the bit, but for float16: ONNX Runtime 1.29 was seen to round the model of opset 18 in other places than those of 17 and 19.
                double tolerance = precision == Precision.Fp16 ? HalfTolerance : 0;
                Assert.All(usual, output => Assert.InRange(ExportFixtures.Distance(output.Value.Values<float>(), asked[output.Key].Values<float>()), 0, tolerance));
            }
        }
    }

    [Theory]
    [InlineData(13, 7)]
    [InlineData(14, 7)]
    [InlineData(15, 8)]
    [InlineData(20, 8)]
    public void The_file_declares_the_opset_and_the_IR_version_of_its_time(int opset, long ir)
    {
        var model = UnetSpikes.Onnx.Protobuf.ModelProto.Parser.ParseFrom(Bytes(ExportFixtures.Small(), Precision.Fp32, opset));

        Assert.Equal((ir, (long)opset), (model.IrVersion, Assert.Single(model.OpsetImport).Version));
    }

    [Fact]
    public void An_operator_that_an_opset_lacks_is_a_graph_error_with_its_name()
    {
        Checkpoint transformer = ExportFixtures.Small(new() { Architecture = Network.Ndt, Channels = 6, Layers = 1, Ndt = new NdtOptions { HiddenSize = 8, Positions = PositionKind.Relative } });

        GraphException e = Assert.Throws<GraphException>(() => Bytes(transformer, Precision.Fp32, 16));

        Assert.Contains("LayerNormalization", e.Message, StringComparison.Ordinal);
        Assert.Contains("exists since opset 17", e.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyDictionary<string, HostTensor> Outputs(Checkpoint checkpoint, Precision precision, int opset, TrialTensor counts)
    {
        using OnnxSession session = ExportFixtures.Session(Bytes(checkpoint, precision, opset));
        return ExportFixtures.Run(session, counts);
    }

    private static byte[] Bytes(Checkpoint checkpoint, Precision precision, int opset) =>
        GraphWriter.ToBytes(InferenceGraph.Build([FoldedNetwork.Of(checkpoint)], ModelForm.Auto, precision, opset: opset));
}
