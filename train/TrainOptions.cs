using UnetSpikes.Data;
using UnetSpikes.Models;

namespace UnetSpikes.Train;

/// <summary>Everything that defines a training run beside its data. Keys of the YAML configuration in brackets.</summary>
public sealed record TrainOptions
{
    /// <summary>Seed of every random stream. [SEED]</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The data set, LFADS-style HDF5. [DATA.DATAPATH + DATA.TRAIN_FILENAME, or --data]</summary>
    public required string DataFile { get; init; }

    /// <summary>How the file is read: trial length, subset, clipping, conversion factor. [DATA.*, MODEL.TRIAL_LENGTH]</summary>
    public LfadsOptions Data { get; init; } = new();

    /// <summary>Width of a bin in milliseconds where the file does not say; null = unknown. [DATA.BIN_MS, or --bin-ms]</summary>
    public double? BinWidthMs { get; init; }

    /// <summary>The architecture. [MODEL.NAME: unet, cnn]</summary>
    public Architecture Architecture { get; init; } = Architecture.UNet;

    /// <summary>Levels, 0 to 8. [MODEL.NUM_LAYERS]</summary>
    public int Layers { get; init; } = 3;

    /// <summary>Width at full resolution, in channels. [MODEL.LATENT_DIM]</summary>
    public int LatentDim { get; init; } = 20;

    /// <summary>How the UNet doubles its resolution on the way up. [MODEL.UPSAMPLE: linear, deconv]</summary>
    public Upsampling Upsample { get; init; } = Upsampling.Linear;

    /// <summary>Trials per step, at least 1. [TRAIN.BATCH_SIZE]</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Steps of the whole run. [TRAIN.NUM_UPDATES]</summary>
    public int Updates { get; init; } = 2000;

    /// <summary>What is hidden together, and with what probability. [TRAIN.MASK_MODE: entry, timestep, neuron; TRAIN.MASK_RATIO]</summary>
    public Masking Masking { get; init; } = new(MaskMode.Entry, 0.25);

    /// <summary>Whether visible counts are multiplied by 1/(1 − ratio), so that hiding does not dim the input. [TRAIN.MASK_RESCALE]</summary>
    public bool RescalesVisible { get; init; }

    /// <summary>Factor of the L2 penalty. [TRAIN.WEIGHT_DECAY]</summary>
    public double WeightDecay { get; init; }

    /// <summary>The gradient is scaled down to this norm; 0 = never. [TRAIN.MAX_GRAD_NORM]</summary>
    public double MaxGradientNorm { get; init; }

    /// <summary>The learning rate's peak. [TRAIN.LR.INIT]</summary>
    public double PeakLearningRate { get; init; } = 5e-3;

    /// <summary>Steps of linear warm-up. [TRAIN.LR.WARMUP]</summary>
    public int WarmupSteps { get; init; } = 100;

    /// <summary>Whether the rate falls to zero along a cosine. [TRAIN.LR.SCHEDULE]</summary>
    public bool IsCosine { get; init; } = true;

    /// <summary>Steps between validations, at least 1. [TRAIN.VAL_INTERVAL]</summary>
    public int ValidationInterval { get; init; } = 50;

    /// <summary>Steps between lines of the log. [TRAIN.LOG_INTERVAL]</summary>
    public int LogInterval { get; init; } = 50;

    /// <summary>Steps between writing <c>last.safetensors</c>. [TRAIN.CHECKPOINT_INTERVAL]</summary>
    public int CheckpointInterval { get; init; } = 500;

    /// <summary>Training stops after this many steps without a better validation loss; 0 = never. [TRAIN.PATIENCE]</summary>
    public int Patience { get; init; } = 1000;

    /// <summary>Whether TensorBoard gets the distributions of every parameter array and its gradient at each validation. [TRAIN.HISTOGRAMS]</summary>
    public bool WritesHistograms { get; init; }

    /// <summary>The schedule.</summary>
    public LearningRate LearningRate => new(PeakLearningRate, WarmupSteps, IsCosine, Updates);

    /// <summary>The factor of visible counts when a fraction of entries is hidden.</summary>
    /// <param name="hidden">Fraction hidden, below 1.</param>
    public float VisibleScale(double hidden) => RescalesVisible ? (float)(1 / (1 - hidden)) : 1;

    /// <summary>The network for a data set of so many units.</summary>
    /// <param name="units">Units, which become channels.</param>
    public ModelOptions ModelFor(int units) => new()
    {
        Architecture = Architecture,
        Channels = units,
        Layers = Layers,
        LatentDim = LatentDim,
        Upsample = Upsample,
    };
}
