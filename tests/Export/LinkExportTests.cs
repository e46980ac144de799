using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Models.Links;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Models;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>A model of any link gives out the rates and log-rates of its formula, passes its verification and says which link it has.</summary>
public class LinkExportTests
{
    private static readonly ModelOptions Small = new() { Channels = 6, Layers = 2, LatentDim = 4 };

    public static TheoryData<LinkFunction, double, double, bool> Links() => new()
    {
        { LinkFunction.Log1pExp, 1, 1, false },
        { LinkFunction.Log1pExp, 0.2, 1, true },
        { LinkFunction.Softplus, 1, 1, false },
        { LinkFunction.Softplus, 1, 4, false },
        { LinkFunction.Identity, 1, 1, false },
    };

    [Theory]
    [MemberData(nameof(Links))]
    public void Outputs_are_the_formula_of_a_linear_map_of_the_latents(LinkFunction link, double scale, double beta, bool isLearnable)
    {
        ModelOptions model = Small with { Link = link, LinkScale = scale, LinkBeta = beta, IsLinkLearnable = isLearnable };
        Checkpoint checkpoint = ExportFixtures.Small(model);
        if (isLearnable)
        {
            checkpoint.Parameters[^1] = 0.7f;
            model = model with { LinkScale = scale * Math.Exp(0.7f) };
        }

        Dictionary<string, NamedArray> arrays = checkpoint.Model.Build().Parameters.Unflatten(checkpoint.Parameters);
        (float[] weight, float[] bias) = (arrays["unembedding.weight"].Values, arrays["unembedding.bias"].Values);
        foreach (ModelForm form in Enum.GetValues<ModelForm>())
        {
            using OnnxSession session = ExportFixtures.Session(ExportFixtures.Bytes(checkpoint, form));
            IReadOnlyDictionary<string, HostTensor> outputs = ExportFixtures.Run(session, VerificationData.Synthetic(6).Window(5, 23));
            float[] latents = outputs[InferenceGraph.Latents].Values<float>();
            double[] x = [.. Enumerable.Range(0, 5 * 23 * 6).Select(i => bias[i % 6] + Enumerable.Range(0, 4).Sum(k => (double)weight[(i % 6 * 4) + k] * latents[(i / 6 * 4) + k]))];

            Assert.True(x.Max() - x.Min() > 0.5, "the network predicts nothing");
            Assert.All(x.Zip(outputs[InferenceGraph.Rates].Values<float>()), pair => Assert.Equal(LinkFormulas.Rate(model, pair.First), pair.Second, 1e-5));
            Assert.All(x.Zip(outputs[InferenceGraph.LogRates].Values<float>()).Where(pair => link != LinkFunction.Identity || Math.Abs(pair.First) > 1e-2), pair =>
                Assert.Equal(LinkFormulas.LogRate(model, pair.First), pair.Second, link == LinkFunction.Identity ? 1e-3 : 1e-5));
        }
    }

    [Theory]
    [MemberData(nameof(Links))]
    public void Verification_accepts_a_faithful_export_and_finds_a_weight_that_is_off(LinkFunction link, double scale, double beta, bool isLearnable)
    {
        Checkpoint checkpoint = ExportFixtures.Small(Small with { Link = link, LinkScale = scale, LinkBeta = beta, IsLinkLearnable = isLearnable });
        float[] wrong = [.. checkpoint.Parameters];
        wrong[0] += 1e-2f;
        var verification = new Verification([checkpoint], VerificationData.Synthetic(6), 1e-5, threads: 1);

        VerificationReport report = verification.Check("model", ExportFixtures.Bytes(checkpoint, ModelForm.Auto));
        VerificationReport off = verification.Check("model", ExportFixtures.Bytes(checkpoint with { Parameters = wrong }, ModelForm.Auto));

        Assert.Null(report.Problem);
        Assert.Equal(link == LinkFunction.Identity, report.IsOfRates);
        Assert.Contains(link == LinkFunction.Identity ? "its rates differ" : "its log-rates differ", off.Problem);
    }

    [Fact]
    public void A_learnt_scale_that_is_off_is_found()
    {
        Checkpoint checkpoint = ExportFixtures.Small(Small with { Link = LinkFunction.Log1pExp, IsLinkLearnable = true });
        float[] wrong = [.. checkpoint.Parameters];
        wrong[checkpoint.Model.Build().Parameters.Offset(Log1pExpLink.LogScale)] += 1e-3f;

        var verification = new Verification([checkpoint], VerificationData.Synthetic(6), 1e-5, threads: 1);

        Assert.NotNull(verification.Check("model", ExportFixtures.Bytes(checkpoint with { Parameters = wrong }, ModelForm.Batch)).Problem);
    }

    [Theory]
    [InlineData(LinkFunction.Exp, RateLink.Log, "latent=4 upsample=linear")]
    [InlineData(LinkFunction.Log1pExp, RateLink.Log1pExp, "link=log1p_exp scale=0.5")]
    [InlineData(LinkFunction.Softplus, RateLink.Softplus, "link=softplus beta=1")]
    [InlineData(LinkFunction.Identity, RateLink.Identity, "link=identity")]
    public void The_card_names_the_link(LinkFunction link, RateLink expected, string described)
    {
        Checkpoint checkpoint = ExportFixtures.Small(Small with { Link = link, LinkScale = link == LinkFunction.Log1pExp ? 0.5 : 1 });

        ModelMetadata card = ExportedMetadata.Of(new TrainedNetworks(["checkpoint"], [checkpoint]), 20, "MIT", null);

        Assert.Equal(expected, card.Link);
        Assert.EndsWith(described, card.Architecture, StringComparison.Ordinal);
        Assert.Equal(expected, ModelMetadata.FromDictionary("model", card.ToDictionary()).Link);
    }
}
