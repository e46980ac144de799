using UnetSpikes.Export;
using UnetSpikes.Models;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>The verification can fail: each kind of wrong model is found and named.</summary>
public class VerificationTests
{
    private const double Atol = 1e-5;

    [Fact]
    public void A_faithful_export_passes_in_every_form()
    {
        Checkpoint checkpoint = ExportFixtures.Small();
        Verification verification = Of(checkpoint);
        foreach (ModelForm form in Enum.GetValues<ModelForm>())
        {
            VerificationReport report = verification.Check("model", ExportFixtures.Bytes(checkpoint, form));

            Assert.Null(report.Problem);
            Assert.Contains(report.Cases, c => c.Bins == 1);
            Assert.Contains(report.Cases, c => c.Batch > InferenceGraph.LatencyUpTo);
            Assert.True(report.SeenLeft > 0 && report.SeenRight > 0);
        }
    }

    [Fact]
    public void One_weight_that_is_off_is_found()
    {
        Checkpoint checkpoint = ExportFixtures.Small();
        float[] wrong = [.. checkpoint.Parameters];
        wrong[0] += 1e-3f;

        VerificationReport report = Of(checkpoint).Check("model", ExportFixtures.Bytes(checkpoint with { Parameters = wrong }, ModelForm.Auto));

        Assert.Contains("its log-rates differ from the checkpoint's by", report.Problem);
    }

    [Fact]
    public void A_weight_that_is_not_a_number_is_found()
    {
        Checkpoint checkpoint = ExportFixtures.Small();
        float[] wrong = [.. checkpoint.Parameters];
        wrong[^1] = float.NaN;

        Assert.NotNull(Of(checkpoint).Check("model", ExportFixtures.Bytes(checkpoint with { Parameters = wrong }, ModelForm.Batch)).Problem);
    }

    [Fact]
    public void A_reach_beyond_the_receptive_field_is_found()
    {
        Checkpoint shallow = ExportFixtures.Small(new ModelOptions { Channels = 6, Layers = 1, LatentDim = 4 });
        Checkpoint deep = ExportFixtures.Small(new ModelOptions { Channels = 6, Layers = 3, LatentDim = 4 });

        VerificationReport report = Of(shallow).Check("model", ExportFixtures.Bytes(deep, ModelForm.Batch));

        Assert.True(report.ReachesTooFar);
        Assert.Contains("receptive field", (report with { Cases = [new("same", 1, 1, 0, 0, 0, 0, 1)] }).Problem);
    }

    private static Verification Of(Checkpoint checkpoint) =>
        new([checkpoint], VerificationData.Synthetic(checkpoint.Model.Channels), Atol, threads: 1);
}
