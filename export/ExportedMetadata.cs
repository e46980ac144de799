using System.Globalization;
using System.Reflection;
using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Runtime;

namespace UnetSpikes.Export;

/// <summary>What an exported model says of itself, from its checkpoint.</summary>
public static class ExportedMetadata
{
    /// <summary>Gathers the metadata.</summary>
    /// <param name="trained">The checkpoint, or those of an ensemble.</param>
    /// <param name="binWidthMs">Width of a bin.</param>
    /// <param name="licence">Licence of the model.</param>
    /// <param name="report">What the verification found; null while it has not run.</param>
    /// <exception cref="CheckpointException">The checkpoint's scores cannot be understood.</exception>
    public static ModelMetadata Of(TrainedNetworks trained, double binWidthMs, string licence, VerificationReport? report)
    {
        Checkpoint checkpoint = trained.Members[0];
        Reach reach = Reach.Of(trained.Members);
        (string version, string commit) = Build();
        return new ModelMetadata
        {
            BinWidthMs = binWidthMs,
            UnitIds = checkpoint.Data.UnitIds,
            HeldInUnits = checkpoint.Model.CountChannels,
            ForwardBins = checkpoint.Model.ForwardBins,
            Link = trained.IsEnsemble ? RateLink.Log : Link(checkpoint.Model.Link),
            ReceptiveFieldLeft = reach.Field.Left,
            ReceptiveFieldRight = reach.Field.Right,
            NeedsTrials = reach.NeedsTrials,
            TrialBins = reach.TrialBins ?? 0,
            MinimumBins = reach.TrialBins ?? 1,
            BinMultiple = reach.BinMultiple,
            TrainingDataHash = checkpoint.Data.Fingerprint,
            Scores = Scores(trained, report),
            VerificationJson = report is null ? "{}" : JsonLine.Text(report).Trim(),
            Commit = commit,
            Licence = licence,
            Architecture = Describe(trained),
            CreatedBy = $"unet-spikes export {version}",
        };
    }

    private static string Describe(TrainedNetworks trained)
    {
        string networks = string.Join("; ", trained.Members.Select(member => Describe(member.Model) + DescribeLink(member.Model) + DescribeUnseen(member.Model)).Distinct());
        return trained.IsEnsemble ? $"ensemble of {trained.Members.Count}, mean log-rate: {networks}" : networks;
    }

    private static string Describe(ModelOptions model) => model.Architecture switch
    {
        Architecture.UNet =>
            $"unet layers={model.Layers} dim={model.Channels} latent={model.LatentDim} upsample={(model.Upsample == Upsampling.Linear ? "linear" : "deconv")}",
        Architecture.ResUNet => $"resunet layers={model.Layers} dim={model.Channels} latent={model.LatentDim} {model.ResUNet ?? new ResUNetOptions()}",
        Architecture.Ndt => $"ndt layers={model.Layers} dim={model.Channels} {model.Ndt}",
        _ => $"cnn dim={model.Channels} latent={model.LatentDim}",
    };

    /// <summary>The link with its number; nothing for exp, the ordinary one.</summary>
    private static string DescribeLink(ModelOptions model) => model.Link switch
    {
        LinkFunction.Log1pExp => string.Create(CultureInfo.InvariantCulture, $" link=log1p_exp scale={model.LinkScale}{(model.IsLinkLearnable ? " learnt" : "")}"),
        LinkFunction.Softplus => string.Create(CultureInfo.InvariantCulture, $" link=softplus beta={model.LinkBeta}"),
        LinkFunction.Identity => " link=identity",
        _ => "",
    };

    /// <summary>What is predicted without being seen; nothing where there is none.</summary>
    private static string DescribeUnseen(ModelOptions model) =>
        (model.HeldIn == 0 ? "" : $" held_in={model.HeldIn}") + (model.ForwardBins == 0 ? "" : $" forward_bins={model.ForwardBins}");

    private static RateLink Link(LinkFunction link) => link switch
    {
        LinkFunction.Exp => RateLink.Log,
        LinkFunction.Log1pExp => RateLink.Log1pExp,
        LinkFunction.Softplus => RateLink.Softplus,
        LinkFunction.Identity => RateLink.Identity,
        _ => throw new InvalidOperationException($"no link {link}"),
    };

    /// <summary>The version, and the commit that the SDK's build writes behind a plus sign.</summary>
    private static (string Version, string Commit) Build()
    {
        string text = typeof(ExportedMetadata).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        string[] parts = text.Split('+', 2);
        return (parts[0], parts.Length == 2 ? parts[1] : "unknown");
    }

    private static List<ModelScore> Scores(TrainedNetworks trained, VerificationReport? report)
    {
        var scores = new List<ModelScore>();
        if (report?.R2After is double r2)
        {
            scores.Add(new("r2_uniform", r2, $"of this model's rates on {report.Data}, nothing masked: {RateScores.UniformDefinition}"));
        }

        const string Key = "progress";
        // A member's scores of training are not the ensemble's.
        if (trained.IsEnsemble || !trained.Members[0].Run.TryGetValue(Key, out string? json))
        {
            return scores;
        }

        try
        {
            if (JsonSerializer.Deserialize<TrainedProgress>(json)?.Best is TrainedScores best)
            {
                scores.Add(new("bits_per_spike", best.BitsPerSpike, PoissonLikelihood.HiddenBitsPerSpikeDefinition));
                if (best.CoBps is double coBps)
                {
                    scores.Add(new("co_bps", coBps, "in training, on the validation trials: " + PoissonLikelihood.CoBpsDefinition));
                }

                if (best.FpBps is double fpBps)
                {
                    scores.Add(new("fp_bps", fpBps, "in training, on the validation trials: " + PoissonLikelihood.FpBpsDefinition));
                }

                if (best.Rates is TrainedRates rates)
                {
                    scores.Add(new("r2_pooled", rates.R2Pooled, "in training, on the validation trials: " + RateScores.PooledDefinition));
                    scores.Add(new("r2_median", rates.R2Median, "in training, on the validation trials: " + RateScores.MedianDefinition));
                }
            }
        }
        catch (JsonException e)
        {
            throw new CheckpointException(trained.Paths[0], Key, $"cannot be understood: {e.Message}", e);
        }

        return scores;
    }

    // The part of the training loop's progress that is worth carrying along; the rest of it is for resuming.
    private sealed record TrainedProgress(TrainedScores? Best);

    private sealed record TrainedScores(double BitsPerSpike, TrainedRates? Rates, double? CoBps = null, double? FpBps = null);

    private sealed record TrainedRates(double R2Pooled, double R2Median);
}
