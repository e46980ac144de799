using UnetSpikes.Core;
using UnetSpikes.Runtime;

namespace UnetSpikes.Infer;

/// <summary>Holds what a model says of itself within what can be computed with, and shown: a stranger's may claim anything.</summary>
internal static class ModelClaims
{
    // More than any network of ours reaches, and little enough to count with.
    private const int MostBins = 1 << 20;

    /// <summary>Insists on numbers of bins within reason and texts that can be printed.</summary>
    /// <param name="path">The model file, for messages.</param>
    /// <param name="metadata">Read from it.</param>
    /// <exception cref="CheckpointException">A number is too large, or a text has control characters.</exception>
    public static void Require(string path, ModelMetadata metadata)
    {
        RequireBins("receptive_field_left", 0, metadata.ReceptiveFieldLeft);
        RequireBins("receptive_field_right", 0, metadata.ReceptiveFieldRight);
        RequireBins("forward_bins", 0, metadata.ForwardBins);
        RequireBins("minimum_bins", 1, metadata.MinimumBins);
        RequireBins("bin_multiple", 1, metadata.BinMultiple);
        RequirePrintable("unit_ids", metadata.UnitIds);
        if (metadata.Decoded is { } decoded)
        {
            RequireBins("decoded", -MostBins, decoded.FirstLag);
            RequireBins("decoded", -MostBins, decoded.LastLag);
            RequirePrintable("decoded", [.. decoded.Columns, decoded.Unit, decoded.Decoder]);
        }

        RequirePrintable("scores", metadata.Scores.Select(score => score.Name + score.Definition));

        void RequireBins(string key, int least, int bins)
        {
            if (bins < least || bins > MostBins)
            {
                throw new CheckpointException(path, ModelMetadata.Prefix + key, $"is {bins}, expected {least} to {MostBins}");
            }
        }

        void RequirePrintable(string key, IEnumerable<string> texts)
        {
            if (texts.Any(text => text.Any(char.IsControl)))
            {
                throw new CheckpointException(path, ModelMetadata.Prefix + key, "has characters that cannot be printed");
            }
        }
    }
}
