using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <content>The keys that only one architecture has.</content>
public sealed partial class TrainConfigurationTests
{
    [Theory]
    [InlineData("MODEL.BLOCK=bottleneck")]
    [InlineData("MODEL.CAUSAL=true", "MODEL.BLOCK=convnext")]
    [InlineData("MODEL.KERNEL=8", "MODEL.BLOCK=convnext")]
    [InlineData("MODEL.NORM=instance")]
    [InlineData("MODEL.WIDTH=halving")]
    [InlineData("MODEL.FULL_SKIP=maybe")]
    [InlineData("MODEL.KERNEL=4")]
    [InlineData("MODEL.KERNEL=33")]
    [InlineData("MODEL.DILATION=0")]
    [InlineData("MODEL.CAUSAL=true", "MODEL.NORM=group")]
    [InlineData("MODEL.CAUSAL=true", "MODEL.CODE=4")]
    [InlineData("MODEL.CAUSAL=true", "MODEL.FILM=true")]
    [InlineData("MODEL.CAUSAL=true", "MODEL.TOP=time")]
    [InlineData("MODEL.TOP=depth")]
    [InlineData("MODEL.POSITIONS=learned")]
    [InlineData("MODEL.POSITIONS=sinusoid", "MODEL.TOP=time")]
    [InlineData("MODEL.CODE=-1")]
    [InlineData("MODEL.DROPOUT=1")]
    [InlineData("MODEL.DROPOUT_INPUT=-0.1")]
    [InlineData("MODEL.DROPOUT_RATES=nan")]
    [InlineData("MODEL.DROPOUT_CODE=0.2")]
    public void A_value_the_residual_network_cannot_have_is_refused_by_key(params string[] settings)
    {
        UsageException refused = Assert.Throws<UsageException>(() => ReadSettings(["MODEL.NAME=resunet", .. settings]));

        Assert.StartsWith(settings[0].Split('=')[0] + ":", refused.Message, StringComparison.Ordinal);
        Assert.Contains("expected", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unet", "MODEL.BLOCK=convnext")]
    [InlineData("ndt", "MODEL.BLOCK=convnext")]
    [InlineData("unet", "MODEL.KERNEL=5")]
    [InlineData("unet", "MODEL.WIDTH=doubling")]
    [InlineData("unet", "MODEL.FULL_SKIP=false")]
    [InlineData("cnn", "MODEL.DILATION=2")]
    [InlineData("cnn", "MODEL.CAUSAL=true")]
    [InlineData("unet", "MODEL.CODE=8")]
    [InlineData("unet", "MODEL.FILM=true")]
    [InlineData("unet", "MODEL.DROPOUT_INPUT=0.1")]
    [InlineData("unet", "MODEL.DROPOUT_CODE=0.1")]
    [InlineData("ndt", "MODEL.CODE=8")]
    [InlineData("unet", "MODEL.TOP=time")]
    public void An_option_of_the_residual_network_is_refused_for_another_by_key_and_architecture(string architecture, string setting)
    {
        UsageException refused = Assert.Throws<UsageException>(() => ReadSettings("MODEL.NAME=" + architecture, setting));

        Assert.StartsWith(setting.Split('=')[0] + ":", refused.Message, StringComparison.Ordinal);
        Assert.Contains("MODEL.NAME " + architecture, refused.Message, StringComparison.Ordinal);
    }

    /// <summary>NDT's files say what its transformer normalises with; they have always loaded.</summary>
    [Theory]
    [InlineData("MODEL.NORM=scale")]
    [InlineData("MODEL.DROPOUT=0.2")]
    [InlineData("MODEL.DROPOUT_RATES=0.2")]
    public void What_NDTs_files_say_of_its_transformer_warns_for_another_architecture(string setting)
    {
        TrainOptions options = ReadSettings(setting);

        Assert.Equal(new ResUNetOptions(), options.ResUNet);
        Assert.Null(options.ModelFor(3, 20).ResUNet);
        Assert.StartsWith(setting.Split('=')[0] + " has no meaning here", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_of_the_residual_network_reaches_the_model()
    {
        TrainOptions options = ReadSettings(
            "MODEL.NAME=resunet", "MODEL.NORM=layer", "MODEL.WIDTH=doubling", "MODEL.FULL_SKIP=false", "MODEL.KERNEL=5", "MODEL.DILATION=2", "MODEL.CAUSAL=true",
            "MODEL.DROPOUT=0.1", "MODEL.DROPOUT_INPUT=0.2", "MODEL.DROPOUT_RATES=0.3");

        Assert.Equal(
            new ResUNetOptions
            {
                Norm = NormKind.Layer,
                Width = WidthGrowth.Doubling,
                FullSkip = false,
                Kernel = 5,
                Dilation = 2,
                IsCausal = true,
                Dropout = 0.1,
                DropoutInput = 0.2,
                DropoutRates = 0.3,
            },
            options.ModelFor(3, 20).ResUNet);
        Assert.Equal(
            new ResUNetOptions { Code = 8, TrialBins = 20, DropoutCode = 0.4, Film = true },
            ReadSettings("MODEL.NAME=resunet", "MODEL.CODE=8", "MODEL.DROPOUT_CODE=0.4", "MODEL.FILM=true").ModelFor(3, 20).ResUNet);
        Assert.Equal(
            new ResUNetOptions { Top = TopAttention.Both, Positions = PositionKind.Learned, TrialBins = 20 },
            ReadSettings("MODEL.NAME=resunet", "MODEL.TOP=both", "MODEL.POSITIONS=learned").ModelFor(3, 20).ResUNet);
        Assert.Equal(
            new ResUNetOptions { Top = TopAttention.Time, Positions = PositionKind.Relative },
            ReadSettings("MODEL.NAME=resunet", "MODEL.TOP=time", "MODEL.POSITIONS=relative").ModelFor(3, 20).ResUNet);
    }

    [Fact]
    public void ConvNeXts_blocks_see_seven_bins_where_nothing_else_is_said()
    {
        ResUNetOptions Blocks(params string[] settings) => ReadSettings(["MODEL.NAME=resunet", "MODEL.BLOCK=convnext", .. settings]).ModelFor(3, 20).ResUNet!;

        Assert.Equal(new ResUNetOptions { Block = BlockKind.ConvNext, Kernel = 7 }, Blocks());
        Assert.Equal(new ResUNetOptions { Block = BlockKind.ConvNext, Kernel = 3 }, Blocks("MODEL.KERNEL=3"));
        Assert.Equal(3, ReadSettings("MODEL.NAME=resunet").ResUNet.Kernel);
    }

    [Fact]
    public void Every_option_of_the_transformer_reaches_the_model_under_NDTs_own_name()
    {
        TrainOptions options = ReadSettings(
            "MODEL.NAME=NeuralDataTransformer", "MODEL.EMBED_DIM=4", "MODEL.LINEAR_EMBEDDER=true", "MODEL.HIDDEN_SIZE=64", "MODEL.NUM_HEADS=3", "MODEL.LEARNABLE_POSITION=false",
            "MODEL.CONTEXT_FORWARD=5", "MODEL.CONTEXT_BACKWARD=6", "MODEL.PRE_NORM=true", "MODEL.ACTIVATION=gelu", "MODEL.FIXUP_INIT=true", "MODEL.DROPOUT=0.3",
            "MODEL.DROPOUT_RATES=0.4", "MODEL.DROPOUT_EMBEDDING=0.5");

        Assert.Equal(
            new NdtOptions
            {
                EmbedDim = 4,
                HiddenSize = 64,
                NumHeads = 3,
                Positions = PositionKind.Sinusoid,
                ContextForward = 5,
                ContextBackward = 6,
                PreNorm = true,
                Activation = FeedForwardActivation.Gelu,
                FixupInit = true,
                Dropout = 0.3,
                DropoutRates = 0.4,
                DropoutEmbedding = 0.5,
                TrialBins = 20,
            },
            options.ModelFor(3, 20).Ndt);
        Assert.Null(options.ModelFor(3, 20).ResUNet);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_transformer_that_knows_no_places_takes_trials_of_any_length()
    {
        NdtOptions options = ReadSettings("MODEL.NAME=ndt", "MODEL.POSITIONS=relative", "MODEL.FULL_CONTEXT=true").ModelFor(3, 20).Ndt!;

        Assert.Equal((PositionKind.Relative, 0, -1, -1), (options.Positions, options.TrialBins, options.ContextForward, options.ContextBackward));
    }

    [Fact]
    public void NDTs_own_file_means_what_it_says_once_the_transformer_is_asked_for()
    {
        NdtOptions options = Read(Lorenz.Replace("MODEL:", "MODEL:\n  NAME: 'ndt'", StringComparison.Ordinal)).Ndt;

        Assert.Equal((true, true, 2, PositionKind.Learned), (options.PreNorm, options.FixupInit, options.EmbedDim, options.Positions));
        Assert.Equal(["TRAIN.TUNE_EPOCHS_PER_GENERATION", "TRAIN.TUNE_HP_JSON"], _warnings.Select(w => w.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("MODEL.EMBED_DIM=-1")]
    [InlineData("MODEL.HIDDEN_SIZE=0")]
    [InlineData("MODEL.NUM_HEADS=0")]
    [InlineData("MODEL.POSITIONS=rotary")]
    [InlineData("MODEL.CONTEXT_FORWARD=-2")]
    [InlineData("MODEL.CONTEXT_BACKWARD=-2")]
    [InlineData("MODEL.ACTIVATION=tanh")]
    [InlineData("MODEL.DROPOUT=1")]
    [InlineData("MODEL.DROPOUT_RATES=nan")]
    [InlineData("MODEL.DROPOUT_EMBEDDING=-0.1")]
    [InlineData("MODEL.LINEAR_EMBEDDER=false")]
    public void A_value_the_transformer_cannot_have_is_refused_by_key(string setting)
    {
        UsageException refused = Assert.Throws<UsageException>(() => ReadSettings("MODEL.NAME=ndt", setting));

        Assert.StartsWith(setting.Split('=')[0] + ":", refused.Message, StringComparison.Ordinal);
        Assert.Contains("expected", refused.Message, StringComparison.Ordinal);
    }
}
