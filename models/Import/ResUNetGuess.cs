namespace UnetSpikes.Models.Import;

/// <summary>What the arrays of a residual UNet tell of it.</summary>
internal static class ResUNetGuess
{
    /// <summary>Guesses.</summary>
    /// <param name="shapes">The arrays.</param>
    public static ArchitectureGuess Of(ArrayShapes shapes)
    {
        ModelOptions ends = ArchitectureGuess.Ends(shapes);
        int layers = shapes.Levels("encoders");
        BlockKind block = shapes.Has("bottom.dwconv.weight") ? BlockKind.ConvNext : BlockKind.Residual;
        var options = new ResUNetOptions
        {
            Block = block,
            Norm = Norm(shapes),
            Width = layers > 0 && shapes.Size("encoders.0.halving.weight", 0, rank: 3) == 2 * ends.LatentDim ? WidthGrowth.Doubling : WidthGrowth.Constant,
            FullSkip = layers == 0 || shapes.Has("decoders.0.mixing.weight"),
            Kernel = shapes.Size(block == BlockKind.ConvNext ? "bottom.dwconv.weight" : "bottom.conv1.weight", 2, rank: 3),
            Code = shapes.Has("code.encoding.weight") ? shapes.Size("code.encoding.weight", 0, rank: 3) : 0,
            Film = shapes.Any("bottom.film."),
            Top = (shapes.Any("top.time.self_attn."), shapes.Any("top.space.self_attn.")) switch
            {
                (true, true) => TopAttention.Both,
                (true, false) => TopAttention.Time,
                (false, true) => TopAttention.Space,
                _ => TopAttention.None,
            },
            Positions = shapes.Has("top.time.pos_embedding.weight") || shapes.Has("top.space.pos_embedding.weight") ? PositionKind.Learned
                : shapes.Has("top.time.self_attn.distance_bias") ? PositionKind.Relative
                : PositionKind.None,
        };

        // Weights of a place are of a place at the coarsest level, which trials of several lengths have in common.
        List<string> needed = options.KnowsPlaces ? ["trial_bins"] : [];
        if (options.Norm == NormKind.Layer)
        {
            needed.Add("norm"); // A normalisation over a bin and one over a trial have the same weights.
        }

        return new ArchitectureGuess(
            ends with { Architecture = Architecture.ResUNet, Layers = layers, ResUNet = options with { TrialBins = options.KnowsPlaces ? 1 : 0 } },
            shapes.Arrays,
            options.NeedsTrials ? ["dilation"] : ["dilation", "causal"],
            needed);
    }

    private static NormKind Norm(ArrayShapes shapes) =>
        shapes.Has("norm.running_mean") ? NormKind.Batch
        : shapes.Has("norm.weight") ? NormKind.Layer
        : NormKind.None;
}
