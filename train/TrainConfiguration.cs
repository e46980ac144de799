using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>Reads <see cref="TrainOptions"/> from a configuration with the ancestor's keys.</summary>
public sealed partial class TrainConfiguration
{
    /// <summary>Keys of the ancestor and of NDT that have no meaning here: they warn once, by name, so that old files load unchanged.</summary>
    internal static readonly HashSet<string> Ancestral =
    [
        "CHECKPOINT_DIR", "LOG_DIR", "TENSORBOARD_DIR", "VARIANT", "DATA.LOG_EPSILON",
        "MODEL.TYPE", "MODEL.LOGRATE", "MODEL.CONTEXT_WRAP_INITIAL", "MODEL.SPIKE_LOG_INIT", "MODEL.POSITION.OFFSET", "MODEL.INIT_RANGE",
        "MODEL.DECODER.LAYERS", "MODEL.LOSS.TYPE", "MODEL.LOSS.TOPK",
        "TRAIN.DO_VAL", "TRAIN.DO_R2", "TRAIN.EPS", "TRAIN.USE_ZERO_MASK", "TRAIN.LR.SCHEDULER",
        "TRAIN.TUNE_MODE", "TRAIN.TUNE_METRIC", "TRAIN.TUNE_HP_JSON", "TRAIN.TUNE_EPOCHS_PER_GENERATION",
    ];

    private readonly YamlTree _tree;
    private readonly HashSet<string> _known = [];
    private readonly Dictionary<string, object> _values = [];
    private Architecture _architecture;

    private TrainConfiguration(YamlTree tree) => _tree = tree;

    /// <summary>Reads the options and checks every value.</summary>
    /// <param name="tree">The merged configuration.</param>
    /// <param name="warn">Receives a line for each ancestral key without meaning here.</param>
    /// <exception cref="UsageException">An unknown key, or a value out of range.</exception>
    public static TrainOptions Read(YamlTree tree, Action<string> warn)
    {
        var configuration = new TrainConfiguration(tree);
        TrainOptions options = configuration.Options();
        configuration.RequireKnownKeys(warn);
        RequireLinkToUse(tree, options);
        configuration.WarnOfIdleKeys(options, warn);
        // Each size alone is in its range by now; together they can still be too wide.
        int units = 2 * options.Ndt.NumHeads;   // which heads and sinusoids can share out; those of the data are looked at when they are read
        return options.ModelFor(units, bins: 1).Validate().FirstOrDefault() is string problem ? throw tree.Error("MODEL.LATENT_DIM", problem) : options;
    }

    private TrainOptions Options()
    {
        var defaults = new TrainOptions { DataFile = "" };
        ulong seed = Seed();
        Masking masking = Masking(defaults.Masking);
        MaskFill fill = Fill(masking.Mode);
        _architecture = Choice(
            "MODEL.NAME", defaults.Architecture, ("unet", Architecture.UNet), ("cnn", Architecture.Cnn), ("resunet", Architecture.ResUNet),
            ("ndt", Architecture.Ndt), ("NeuralDataTransformer", Architecture.Ndt));
        return new TrainOptions
        {
            Seed = seed,
            DataFile = Path.Combine(Text("DATA.DATAPATH", "."), Text("DATA.TRAIN_FILENAME", null)
                ?? throw new UsageException("--data", "no data set is named; give --data FILE or DATA.TRAIN_FILENAME in the configuration")),
            Data = new LfadsOptions
            {
                ConversionFactor = Has("DATA.CONVERSION_FACTOR") ? Number("DATA.CONVERSION_FACTOR", 1, x => x > 0, "a number above 0") : null,
                TrialLength = Integer("MODEL.TRIAL_LENGTH", 0, 0),
                OverfitTest = Boolean("DATA.OVERFIT_TEST", false),
                TrainFraction = Number("DATA.RANDOM_SUBSET_TRIALS", 1, x => x is > 0 and <= 1, "a fraction above 0, at most 1"),
                Seed = seed,
                IgnoreForward = Boolean("DATA.IGNORE_FORWARD", false),
                EvalFileName = Text("DATA.VAL_FILENAME", null),
                MaxCount = Has("MODEL.MAX_SPIKE_COUNT") ? Integer("MODEL.MAX_SPIKE_COUNT", 1, 1) : null,
            },
            BinWidthMs = Has("DATA.BIN_MS") ? Number("DATA.BIN_MS", 1, x => x > 0, "a number of milliseconds above 0") : null,
            Architecture = _architecture,
            ResUNet = ResUNet(),
            Ndt = Ndt(),
            Layers = Integer("MODEL.NUM_LAYERS", defaults.Layers, 0, 8),
            LatentDim = Integer("MODEL.LATENT_DIM", defaults.LatentDim, 1, 4096),
            Upsample = Choice("MODEL.UPSAMPLE", defaults.Upsample, ("linear", Upsampling.Linear), ("deconv", Upsampling.Deconv)),
            Link = Choice(
                "MODEL.LINK",
                defaults.Link,
                ("exp", LinkFunction.Exp), ("log1p_exp", LinkFunction.Log1pExp), ("softplus", LinkFunction.Softplus), ("identity", LinkFunction.Identity)),
            LinkScale = Number("MODEL.LINK_SCALE", defaults.LinkScale, x => x > 0 && double.IsFinite(x), "a number above 0"),
            IsLinkLearnable = Boolean("MODEL.LINK_LEARNABLE", defaults.IsLinkLearnable),
            LinkBeta = Number("MODEL.LINK_BETA", defaults.LinkBeta, x => x > 0 && double.IsFinite(x), "a number above 0"),
            BatchSize = Integer("TRAIN.BATCH_SIZE", defaults.BatchSize, 1),
            BatchSizes = Has("TRAIN.BATCH_SIZES") ? Sizes("TRAIN.BATCH_SIZES") : null,
            Updates = Integer("TRAIN.NUM_UPDATES", defaults.Updates, 1),
            Masking = masking,
            RescalesVisible = RescalesVisible(masking.Mode, fill),
            MaskFill = fill,
            MaskTokens = MaskTokens(defaults.MaskTokens),
            LossOn = Choice("TRAIN.LOSS_ON", defaults.LossOn, ("masked", LossEntries.Masked), ("all", LossEntries.All)),
            HeldOutWeight = Number("TRAIN.HELDOUT_WEIGHT", defaults.HeldOutWeight, x => x >= 0 && double.IsFinite(x), "a number of at least 0"),
            ForwardWeight = Number("TRAIN.FORWARD_WEIGHT", defaults.ForwardWeight, x => x >= 0 && double.IsFinite(x), "a number of at least 0"),
            Augmentation = Augmentation(),
            DistilledFrom = Text("TRAIN.DISTILL", null),
            Teachers = Integer("TRAIN.TEACHERS", defaults.Teachers, 0, 64),
            Optimizer = Choice(
                "TRAIN.OPTIMIZER", defaults.Optimizer, ("amsgrad", OptimizerKind.AmsGrad), ("adam", OptimizerKind.Adam), ("adamw", OptimizerKind.AdamW)),
            WeightDecay = Number("TRAIN.WEIGHT_DECAY", 0, x => x >= 0, "a number of at least 0"),
            MaxGradientNorm = Number("TRAIN.MAX_GRAD_NORM", 0, x => x >= 0, "a norm above 0, or 0 for no clipping"),
            Average = new WeightAverage(
                Choice("TRAIN.AVERAGE", defaults.Average.Mode, ("none", AverageMode.None), ("ema", AverageMode.Ema), ("swa", AverageMode.Swa)),
                Number("TRAIN.EMA_DECAY", defaults.Average.Decay, x => x is >= 0 and < 1, "a factor from 0 to below 1"),
                Number("TRAIN.SWA_START", defaults.Average.Start, x => x >= 0 && (x < 1 || x == Math.Floor(x)), "a fraction from 0 to below 1, or a whole number of updates")),
            PeakLearningRate = Number("TRAIN.LR.INIT", defaults.PeakLearningRate, x => x > 0, "a number above 0"),
            WarmupSteps = Integer("TRAIN.LR.WARMUP", defaults.WarmupSteps, 0),
            // True and false are the ancestor's, as YAML 1.1 spells them.
            Schedule = Choice(
                "TRAIN.LR.SCHEDULE",
                defaults.Schedule,
                ("cosine", LearningRateSchedule.Cosine),
                ("constant", LearningRateSchedule.Constant),
                ("plateau", LearningRateSchedule.Plateau),
                ("true", LearningRateSchedule.Cosine),
                ("yes", LearningRateSchedule.Cosine),
                ("on", LearningRateSchedule.Cosine),
                ("false", LearningRateSchedule.Constant),
                ("no", LearningRateSchedule.Constant),
                ("off", LearningRateSchedule.Constant)),
            PlateauFactor = Number("TRAIN.LR.FACTOR", defaults.PlateauFactor, x => x is > 0 and < 1, "a factor between 0 and 1"),
            PlateauPatience = Integer("TRAIN.LR.PATIENCE", defaults.PlateauPatience, 0),
            PlateauMinimum = Number("TRAIN.LR.MINIMUM", defaults.PlateauMinimum, x => x >= 0, "a number of at least 0"),
            ValidationInterval = Integer("TRAIN.VAL_INTERVAL", defaults.ValidationInterval, 1),
            LogInterval = Integer("TRAIN.LOG_INTERVAL", defaults.LogInterval, 1),
            CheckpointInterval = Integer("TRAIN.CHECKPOINT_INTERVAL", defaults.CheckpointInterval, 1),
            // Bits per spike are the loss on another scale, upside down.
            SelectBy = Choice(
                "TRAIN.SELECT_BY",
                defaults.SelectBy,
                ("loss", SelectBy.Loss),
                ("bits_per_spike", SelectBy.Loss),
                ("unmasked_loss", SelectBy.UnmaskedLoss),
                ("co_bps", SelectBy.CoBps),
                ("newest", SelectBy.Newest)),
            Patience = Integer("TRAIN.PATIENCE", defaults.Patience, 0),
            WritesHistograms = Boolean("TRAIN.HISTOGRAMS", defaults.WritesHistograms),
        };
    }

    /// <summary>Every key's value, defaults included: a <c>double</c>, <c>bool</c> or <c>string</c>; keys without value and default, or without meaning for the architecture, are left out.</summary>
    /// <param name="tree">A configuration that <see cref="Read"/> accepts.</param>
    public static IReadOnlyDictionary<string, object> Values(YamlTree tree)
    {
        var configuration = new TrainConfiguration(tree);
        configuration.Options();
        return configuration._values;
    }

    /// <summary>Every key that means something here; docs/training.md describes each.</summary>
    internal static IReadOnlyCollection<string> KnownKeys()
    {
        var configuration = new TrainConfiguration(ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=any.h5"]));
        configuration.Options();
        return configuration._known;
    }

    private void RequireKnownKeys(Action<string> warn)
    {
        foreach (string key in _tree.Keys.Where(key => !_known.Contains(key) || _passedOver.Contains(key)))
        {
            if (!Ancestral.Contains(key) && !_passedOver.Contains(key))
            {
                throw _tree.Error(key, "is not a key of a training configuration; docs/training.md lists them");
            }

            // What our own base.yaml carries over for other readers of the same files needs no warning.
            if (key is not ("CHECKPOINT_DIR" or "DATA.LOG_EPSILON" or "MODEL.LOGRATE"))
            {
                warn($"{key} has no meaning here and is ignored ({_tree.OriginOf(key)})");
            }
        }
    }

    /// <summary>A number for a link that has none would be passed over without a word.</summary>
    private static void RequireLinkToUse(YamlTree tree, TrainOptions options)
    {
        if (options.Link != LinkFunction.Log1pExp && (options.LinkScale != 1 || options.IsLinkLearnable))
        {
            throw tree.Error(options.IsLinkLearnable ? "MODEL.LINK_LEARNABLE" : "MODEL.LINK_SCALE", "is of MODEL.LINK log1p_exp only; expected that link");
        }

        if (options.Link != LinkFunction.Softplus && options.LinkBeta != 1)
        {
            throw tree.Error("MODEL.LINK_BETA", "is of MODEL.LINK softplus only; expected that link");
        }
    }

    private bool Has(string key)
    {
        _known.Add(key);
        return _tree.Has(key);
    }

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(fallback))]
    private string? Text(string key, string? fallback)
    {
        string? text = Has(key) ? _tree.GetString(key)! : fallback;
        return text is null ? null : Remember(key, text);
    }

    private bool Boolean(string key, bool fallback) => Remember(key, Has(key) ? _tree.GetBoolean(key)!.Value : fallback);

    private T Remember<T>(string key, T value)
        where T : notnull
    {
        _values[key] = value is int number ? (double)number : value;
        return value;
    }

    private ulong Seed()
    {
        string text = Text("SEED", "1");
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed
            : throw _tree.Error("SEED", $"is '{text}', expected a whole number from 0 to {ulong.MaxValue}");
    }

    private BatchSizes Sizes(string key)
    {
        string text = Remember(key, string.Join(',', _tree.GetList(key)!));
        return BatchSizes.Parse(text)
            ?? throw _tree.Error(key, $"is '{text}', expected sizes with the updates they begin at, such as 64@0,256@1000, or sizes to draw from, such as 32,64,128");
    }

    private double Number(string key, double fallback, Predicate<double> isValid, string expected)
    {
        double value = Has(key) ? _tree.GetDouble(key)!.Value : fallback;
        return isValid(value) ? Remember(key, value) : throw _tree.Error(key, $"is {value}, expected {expected}");
    }

    private int Integer(string key, int fallback, int least, int most = int.MaxValue)
    {
        int value = Has(key) ? _tree.GetInt32(key)!.Value : fallback;
        return value >= least && value <= most
            ? Remember(key, value)
            : throw _tree.Error(key, most == int.MaxValue ? $"is {value}, expected at least {least}" : $"is {value}, expected {least} to {most}");
    }

    private T Choice<T>(string key, T fallback, params (string Name, T Value)[] choices)
    {
        string FirstName(T of) => choices.First(c => Equals(c.Value, of)).Name;
        string text = Text(key, FirstName(fallback));
        foreach ((string name, T value) in choices)
        {
            if (name.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                Remember(key, FirstName(value)); // Synonyms are one value.
                return value;
            }
        }

        throw _tree.Error(key, $"is '{text}', expected {string.Join(", ", choices.Select(c => c.Name))}");
    }
}
