using UnetSpikes.Models;

namespace UnetSpikes.Train;

/// <content>The keys that only the residual UNet has.</content>
public sealed partial class TrainConfiguration
{
    /// <summary>Reads them; for another architecture each must be left out or say what is so anyway.</summary>
    private ResUNetOptions ResUNet()
    {
        var defaults = new ResUNetOptions();
        BlockKind block = Own("MODEL.BLOCK", defaults.Block, (key, fallback) => Choice(key, fallback, ("residual", BlockKind.Residual), ("convnext", BlockKind.ConvNext)));
        var options = new ResUNetOptions
        {
            Block = block,
            Norm = Own("MODEL.NORM", defaults.Norm, (key, fallback) => Choice(
                key, fallback, ("batch", NormKind.Batch), ("layer", NormKind.Layer), ("group", NormKind.Group), ("none", NormKind.None))),
            Width = Own("MODEL.WIDTH", defaults.Width, (key, fallback) => Choice(key, fallback, ("constant", WidthGrowth.Constant), ("doubling", WidthGrowth.Doubling))),
            FullSkip = Own("MODEL.FULL_SKIP", defaults.FullSkip, Boolean),
            Kernel = Own("MODEL.KERNEL", ResUNetOptions.UsualKernel(block), Whole),
            Dilation = Own("MODEL.DILATION", defaults.Dilation, Whole),
            IsCausal = Own("MODEL.CAUSAL", defaults.IsCausal, Boolean),
            Code = Own("MODEL.CODE", defaults.Code, Whole),
            Film = Own("MODEL.FILM", defaults.Film, Boolean),
            Top = Own("MODEL.TOP", defaults.Top, (key, fallback) => Choice(
                key, fallback, ("none", TopAttention.None), ("time", TopAttention.Time), ("space", TopAttention.Space), ("both", TopAttention.Both))),
            Positions = Own("MODEL.POSITIONS", defaults.Positions, Places, Architecture.Ndt),
            Dropout = Own("MODEL.DROPOUT", defaults.Dropout, Ratio, Architecture.Ndt),
            DropoutInput = Own("MODEL.DROPOUT_INPUT", defaults.DropoutInput, Ratio),
            DropoutRates = Own("MODEL.DROPOUT_RATES", defaults.DropoutRates, Ratio, Architecture.Ndt),
            DropoutCode = Own("MODEL.DROPOUT_CODE", defaults.DropoutCode, Ratio),
        };
        foreach ((string option, string problem) in options.Problems())
        {
            throw _tree.Error("MODEL." + option.ToUpperInvariant(), problem);
        }

        return options;

        T Own<T>(string key, T fallback, Func<string, T, T> read, Architecture? alsoOf = null) => OwnedBy(Architecture.ResUNet, key, fallback, read, alsoOf);
    }
}
