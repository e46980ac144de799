using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>Which entries the loss is a mean over.</summary>
public enum LossEntries
{
    /// <summary>Those hidden from the network.</summary>
    Masked,

    /// <summary>All, those it sees too.</summary>
    All,
}

/// <summary>Everything that defines a training run beside its data. Keys of the YAML configuration in brackets.</summary>
public sealed record TrainOptions
{
    /// <summary>Seed of every random stream. [SEED]</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The data set: HDF5, LFADS-style or the benchmark's tensors. [DATA.DATAPATH + DATA.TRAIN_FILENAME, or --data]</summary>
    public required string DataFile { get; init; }

    /// <summary>How the file is read: trial length, subset, clipping, conversion factor, forward bins. [DATA.*, MODEL.TRIAL_LENGTH]</summary>
    public LfadsOptions Data { get; init; } = new();

    /// <summary>Width of a bin in milliseconds where the file does not say; null = unknown. [DATA.BIN_MS, or --bin-ms]</summary>
    public double? BinWidthMs { get; init; }

    /// <summary>The architecture. [MODEL.NAME: unet, cnn, resunet, ndt]</summary>
    public Architecture Architecture { get; init; } = Architecture.UNet;

    /// <summary>Levels, 0 to 8. [MODEL.NUM_LAYERS]</summary>
    public int Layers { get; init; } = 3;

    /// <summary>Width at full resolution, in channels. [MODEL.LATENT_DIM]</summary>
    public int LatentDim { get; init; } = 20;

    /// <summary>How the UNet doubles its resolution on the way up. [MODEL.UPSAMPLE: linear, deconv]</summary>
    public Upsampling Upsample { get; init; } = Upsampling.Linear;

    /// <summary>What makes the last layer's number into a rate. [MODEL.LINK: exp, log1p_exp, softplus, identity]</summary>
    public LinkFunction Link { get; init; } = LinkFunction.Exp;

    /// <summary>a of log1p_exp, above 0. [MODEL.LINK_SCALE]</summary>
    public double LinkScale { get; init; } = 1;

    /// <summary>Whether a is trained, from there. [MODEL.LINK_LEARNABLE]</summary>
    public bool IsLinkLearnable { get; init; }

    /// <summary>β of softplus, above 0. [MODEL.LINK_BETA]</summary>
    public double LinkBeta { get; init; } = 1;

    /// <summary>What the residual UNet has beside levels and width. [MODEL.NORM, WIDTH, FULL_SKIP, KERNEL, DILATION, CAUSAL, CODE, FILM, TOP, POSITIONS, DROPOUT, DROPOUT_*]</summary>
    public ResUNetOptions ResUNet { get; init; } = new();

    /// <summary>What the Neural Data Transformer has beside its blocks. [MODEL.EMBED_DIM, HIDDEN_SIZE, NUM_HEADS, POSITIONS, CONTEXT_*, PRE_NORM, ACTIVATION, FIXUP_INIT, DROPOUT, DROPOUT_*]</summary>
    public NdtOptions Ndt { get; init; } = new();

    /// <summary>Trials per step, at least 1. [TRAIN.BATCH_SIZE]</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Sizes that take the place of <see cref="BatchSize"/>, one after another or drawn for each step; null = that one. [TRAIN.BATCH_SIZES]</summary>
    public BatchSizes? BatchSizes { get; init; }

    /// <summary>Steps of the whole run. [TRAIN.NUM_UPDATES]</summary>
    public int Updates { get; init; } = 2000;

    /// <summary>What is hidden together, and with what probability. [TRAIN.MASK_MODE: entry, timestep, neuron, span, thin; TRAIN.MASK_RATIO*, TRAIN.MASK_SPAN*]</summary>
    public Masking Masking { get; init; } = new(MaskMode.Entry, MaskRatio.Fixed(0.25));

    /// <summary>Whether visible counts are multiplied by 1/(1 − ratio), so that hiding does not dim the input. [TRAIN.MASK_RESCALE]</summary>
    public bool RescalesVisible { get; init; }

    /// <summary>What hidden entries become in the input. [TRAIN.MASK_FILL: zero, mean, nearest, linear, channel]</summary>
    public MaskFill MaskFill { get; init; } = MaskFill.Zero;

    /// <summary>How many of the hidden entries are filled so. [TRAIN.MASK_TOKEN_RATIO, TRAIN.MASK_RANDOM_RATIO]</summary>
    public MaskTokens MaskTokens { get; init; } = new();

    /// <summary>Which entries the loss is a mean over. [TRAIN.LOSS_ON: masked, all]</summary>
    public LossEntries LossOn { get; init; } = LossEntries.Masked;

    /// <summary>How often an entry of a held-out unit counts in the loss, at least 0; a hidden entry counts once. [TRAIN.HELDOUT_WEIGHT]</summary>
    public double HeldOutWeight { get; init; } = 1;

    /// <summary>How often an entry of a forward bin counts in the loss, at least 0. [TRAIN.FORWARD_WEIGHT]</summary>
    public double ForwardWeight { get; init; } = 1;

    /// <summary>Changes of the training trials. [TRAIN.FLIP, TRAIN.JITTER, TRAIN.UNIT_DROPOUT]</summary>
    public Augmentation Augmentation { get; init; } = new();

    /// <summary>A checkpoint, or the folder of a run or an ensemble, whose rates are learnt in place of counts; null = none. [TRAIN.DISTILL, or --distill]</summary>
    public string? DistilledFrom { get; init; }

    /// <summary>Networks of the same options and other seeds that are trained first, to learn their rates; no others where <see cref="DistilledFrom"/> names some. [TRAIN.TEACHERS]</summary>
    public int Teachers { get; init; }

    /// <summary>How each step follows the gradient. [TRAIN.OPTIMIZER: amsgrad, adam, adamw]</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AmsGrad;

    /// <summary>Factor of the L2 penalty; decoupled from the gradient with AdamW. [TRAIN.WEIGHT_DECAY]</summary>
    public double WeightDecay { get; init; }

    /// <summary>The gradient is scaled down to this norm; 0 = never. [TRAIN.MAX_GRAD_NORM]</summary>
    public double MaxGradientNorm { get; init; }

    /// <summary>Which average of the parameters is validated and kept instead of the newest. [TRAIN.AVERAGE: none, ema, swa; TRAIN.EMA_DECAY; TRAIN.SWA_START]</summary>
    public WeightAverage Average { get; init; } = new();

    /// <summary>The learning rate's peak. [TRAIN.LR.INIT]</summary>
    public double PeakLearningRate { get; init; } = 5e-3;

    /// <summary>Steps of linear warm-up. [TRAIN.LR.WARMUP]</summary>
    public int WarmupSteps { get; init; } = 100;

    /// <summary>How the rate goes on after the warm-up. [TRAIN.LR.SCHEDULE: cosine or true, constant or false, plateau]</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>Plateau: what the rate is multiplied by at each fall. [TRAIN.LR.FACTOR]</summary>
    public double PlateauFactor { get; init; } = 0.5;

    /// <summary>Plateau: validations without a better score that are waited through. [TRAIN.LR.PATIENCE]</summary>
    public int PlateauPatience { get; init; } = 5;

    /// <summary>Plateau: the rate falls no lower. [TRAIN.LR.MINIMUM]</summary>
    public double PlateauMinimum { get; init; } = 1e-5;

    /// <summary>Steps between validations, at least 1. [TRAIN.VAL_INTERVAL]</summary>
    public int ValidationInterval { get; init; } = 50;

    /// <summary>Steps between lines of the log. [TRAIN.LOG_INTERVAL]</summary>
    public int LogInterval { get; init; } = 50;

    /// <summary>Steps between writing <c>last.safetensors</c>. [TRAIN.CHECKPOINT_INTERVAL]</summary>
    public int CheckpointInterval { get; init; } = 500;

    /// <summary>Which validated weights are kept. [TRAIN.SELECT_BY: loss or bits_per_spike, unmasked_loss, co_bps, newest]</summary>
    public SelectBy SelectBy { get; init; } = SelectBy.Loss;

    /// <summary>Training stops after this many steps without weights worth keeping; 0 = never. [TRAIN.PATIENCE]</summary>
    public int Patience { get; init; } = 1000;

    /// <summary>Whether TensorBoard gets the distributions of every parameter array and its gradient at each validation. [TRAIN.HISTOGRAMS]</summary>
    public bool WritesHistograms { get; init; }

    /// <summary>What of it is built into the training graph's update.</summary>
    public UpdateRule UpdateRule => new(Optimizer, WeightDecay, MaxGradientNorm, Average.IsOn);

    /// <summary>Trials per step.</summary>
    public BatchSizes Sizes => BatchSizes ?? BatchSizes.Always(BatchSize);

    /// <summary>The schedule.</summary>
    public LearningRate LearningRate => new(PeakLearningRate, WarmupSteps, Schedule, Updates)
    {
        Factor = PlateauFactor,
        Patience = PlateauPatience,
        Minimum = PlateauMinimum,
    };

    /// <summary>The factor of visible counts when a fraction of entries is hidden.</summary>
    /// <param name="hidden">Fraction hidden, below 1.</param>
    public float VisibleScale(double hidden) => RescalesVisible ? (float)(1 / (1 - hidden)) : 1;

    /// <summary>The network for a data set.</summary>
    /// <param name="dataset">The data.</param>
    public ModelOptions ModelFor(SpikeDataset dataset)
    {
        ObservedPart observed = dataset.Observed;
        int units = dataset.UnitIds.Count;
        return ModelFor(units, observed.Bins) with { HeldIn = observed.Units == units ? 0 : observed.Units, ForwardBins = dataset.ForwardBins };
    }

    /// <summary>The network for data of which everything is seen.</summary>
    /// <param name="units">Its units, which become channels.</param>
    /// <param name="bins">Bins of its trials, which a network that knows places in a trial is made for.</param>
    public ModelOptions ModelFor(int units, int bins) => new()
    {
        Architecture = Architecture,
        Channels = units,
        Layers = Layers,
        LatentDim = LatentDim,
        Upsample = Upsample,
        Link = Link,
        LinkScale = LinkScale,
        IsLinkLearnable = IsLinkLearnable,
        LinkBeta = LinkBeta,
        MaskChannels = MaskFill == MaskFill.Channel,
        ResUNet = Architecture == Architecture.ResUNet ? ResUNet with { TrialBins = ResUNet.KnowsPlaces ? bins : 0 } : null,
        Ndt = Architecture == Architecture.Ndt ? Ndt with { TrialBins = Ndt.KnowsPlaces ? bins : 0 } : null,
    };
}
