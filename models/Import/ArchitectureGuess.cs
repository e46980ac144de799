using UnetSpikes.Core;

namespace UnetSpikes.Models.Import;

/// <summary>What a network's arrays tell of it, by their names and shapes.</summary>
/// <param name="Model">The options.</param>
/// <param name="Arrays">Its arrays, in the names and shapes that the network here has.</param>
/// <param name="Assumed">Options that arrays do not tell and that have their usual value, by their names in JSON.</param>
/// <param name="Needed">Options that arrays do not tell and that have no usual value.</param>
internal sealed record ArchitectureGuess(ModelOptions Model, IReadOnlyDictionary<string, NamedArray> Arrays, IReadOnlyList<string> Assumed, IReadOnlyList<string> Needed)
{
    /// <summary>Guesses.</summary>
    /// <param name="state">The arrays.</param>
    /// <param name="known">The architecture where the user says it; null = by its names too.</param>
    /// <exception cref="CheckpointException">The names are of no architecture here, or an array that tells a size is missing or of an impossible shape.</exception>
    public static ArchitectureGuess Of(StateDict state, Architecture? known)
    {
        var shapes = new ArrayShapes(state);
        ArchitectureGuess guess = (known ?? Named(shapes)) switch
        {
            Architecture.UNet => OfUNet(shapes),
            Architecture.Cnn => OfCnn(shapes),
            Architecture.ResUNet => ResUNetGuess.Of(shapes),
            Architecture.Ndt => NdtGuess.Of(shapes, state.Settings),
            _ => throw new InvalidOperationException($"no architecture {known}"),
        };
        return guess with
        {
            Model = guess.Model with
            {
                MaskChannels = shapes.Has(SpikeNetwork.MaskWeight),
                IsLinkLearnable = shapes.Has(Links.Log1pExpLink.LogScale),
                Link = shapes.Has(Links.Log1pExpLink.LogScale) ? LinkFunction.Log1pExp : LinkFunction.Exp,
            },
        };
    }

    /// <summary>Sizes that every network between an embedding and an unembedding of one bin has.</summary>
    /// <param name="shapes">The arrays.</param>
    internal static ModelOptions Ends(ArrayShapes shapes)
    {
        int seen = shapes.Size("embedding.weight", 1, rank: 3), channels = shapes.Size("unembedding.weight", 0, rank: 3);
        return seen <= channels
            ? new ModelOptions { Channels = channels, HeldIn = seen == channels ? 0 : seen, LatentDim = shapes.Size("embedding.weight", 0, rank: 3) }
            : throw new CheckpointException(shapes.Path, "embedding.weight", $"takes the counts of {seen} units, expected at most the {channels} whose rates unembedding.weight gives");
    }

    private static Architecture Named(ArrayShapes shapes) =>
        shapes.Any("transformer_encoder.") || shapes.Has("decoder.0.weight") ? Architecture.Ndt
        : shapes.Any("bottom.") || shapes.Any("encoders.") ? Architecture.ResUNet
        : shapes.Has("smoothing.weight") ? Architecture.Cnn
        : shapes.Any("downsample_layers.") || (shapes.Has("embedding.weight") && shapes.Has("unembedding.weight")) ? Architecture.UNet
        : throw new CheckpointException(
            shapes.Path, "", $"holds {shapes.Listing()}, which is none of the architectures here, expected the names of unet (embedding, downsample_layers, …), resunet, ndt or cnn");

    private static ArchitectureGuess OfUNet(ArrayShapes shapes) => new(
        Ends(shapes) with
        {
            Architecture = Architecture.UNet,
            Layers = shapes.Levels("downsample_layers"),

            // The ancestor wraps the doubler and its convolution in a Sequential: hence the "1".
            Upsample = shapes.Has("upsample_layers.0.conv3.weight") ? Upsampling.Deconv : Upsampling.Linear,
        },
        shapes.Arrays,
        [],
        []);

    private static ArchitectureGuess OfCnn(ArrayShapes shapes) => new(Ends(shapes) with { Architecture = Architecture.Cnn, Layers = 0 }, shapes.Arrays, [], []);
}
