using UnetSpikes.Models;

namespace UnetSpikes.Train;

/// <content>The keys of the Neural Data Transformer, as its public configuration names them.</content>
public sealed partial class TrainConfiguration
{
    private NdtOptions Ndt()
    {
        var defaults = new NdtOptions();
        bool seesAll = Own("MODEL.FULL_CONTEXT", false, Boolean);
        bool isLearned = Own("MODEL.LEARNABLE_POSITION", true, Boolean);
        int forward = Own("MODEL.CONTEXT_FORWARD", defaults.ContextForward, Whole), backward = Own("MODEL.CONTEXT_BACKWARD", defaults.ContextBackward, Whole);
        var options = new NdtOptions
        {
            EmbedDim = Own("MODEL.EMBED_DIM", defaults.EmbedDim, Whole),
            HiddenSize = Own("MODEL.HIDDEN_SIZE", defaults.HiddenSize, Whole),
            NumHeads = Own("MODEL.NUM_HEADS", defaults.NumHeads, Whole),
            Positions = Own("MODEL.POSITIONS", isLearned ? PositionKind.Learned : PositionKind.Sinusoid, Places, Architecture.ResUNet),
            ContextForward = seesAll ? -1 : forward,
            ContextBackward = seesAll ? -1 : backward,
            PreNorm = Own("MODEL.PRE_NORM", defaults.PreNorm, Boolean),
            Activation = Own("MODEL.ACTIVATION", defaults.Activation, (key, fallback) => Choice(
                key, fallback, ("relu", FeedForwardActivation.Relu), ("gelu", FeedForwardActivation.Gelu))),
            FixupInit = Own("MODEL.FIXUP_INIT", defaults.FixupInit, Boolean),
            Dropout = Own("MODEL.DROPOUT", defaults.Dropout, Ratio, Architecture.ResUNet),
            DropoutRates = Own("MODEL.DROPOUT_RATES", defaults.DropoutRates, Ratio, Architecture.ResUNet),
            DropoutEmbedding = Own("MODEL.DROPOUT_EMBEDDING", defaults.DropoutEmbedding, Ratio),
        };
        if (!Own("MODEL.LINEAR_EMBEDDER", true, Boolean) && options.EmbedDim > 0)
        {
            throw _tree.Error("MODEL.LINEAR_EMBEDDER", "is false, which asks for a table of spike counts; expected true, or MODEL.EMBED_DIM 0 for no embedding");
        }

        foreach ((string option, string problem) in options.Problems(units: 2 * options.NumHeads))
        {
            throw _tree.Error("MODEL." + option.ToUpperInvariant(), problem);
        }

        return options;

        T Own<T>(string key, T fallback, Func<string, T, T> read, Architecture? alsoOf = null) => OwnedBy(Architecture.Ndt, key, fallback, read, alsoOf);
    }
}
