using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;

namespace UnetSpikes.Train;

/// <summary>Reads <see cref="TrainOptions"/> from a configuration with the ancestor's keys.</summary>
public sealed class TrainConfiguration
{
    /// <summary>Keys of the ancestor and of NDT that have no meaning here: they warn once, by name, so that old files load unchanged.</summary>
    internal static readonly HashSet<string> Ancestral =
    [
        "CHECKPOINT_DIR", "LOG_DIR", "TENSORBOARD_DIR", "VARIANT", "DATA.VAL_FILENAME", "DATA.LOG_EPSILON", "DATA.IGNORE_FORWARD",
        "MODEL.TYPE", "MODEL.EMBED_DIM", "MODEL.LEARNABLE_POSITION", "MODEL.PRE_NORM", "MODEL.FIXUP_INIT", "MODEL.LOGRATE", "MODEL.HIDDEN_SIZE",
        "MODEL.DROPOUT", "MODEL.DROPOUT_RATES", "MODEL.DROPOUT_EMBEDDING", "MODEL.NUM_HEADS", "MODEL.ACTIVATION", "MODEL.LINEAR_EMBEDDER",
        "MODEL.CONTEXT_FORWARD", "MODEL.CONTEXT_BACKWARD", "MODEL.CONTEXT_WRAP_INITIAL", "MODEL.FULL_CONTEXT", "MODEL.SPIKE_LOG_INIT",
        "MODEL.POSITION.OFFSET", "MODEL.INIT_RANGE", "MODEL.NORM", "MODEL.DECODER.LAYERS", "MODEL.LOSS.TYPE", "MODEL.LOSS.TOPK",
        "TRAIN.DO_VAL", "TRAIN.DO_R2", "TRAIN.EPS", "TRAIN.USE_ZERO_MASK", "TRAIN.MASK_MAX_SPAN", "TRAIN.MASK_TOKEN_RATIO",
        "TRAIN.MASK_RANDOM_RATIO", "TRAIN.MASK_SPAN_PROB", "TRAIN.MASK_SPAN_RAMP_START", "TRAIN.MASK_SPAN_RAMP_END", "TRAIN.LR.SCHEDULER",
        "TRAIN.TUNE_MODE", "TRAIN.TUNE_METRIC", "TRAIN.TUNE_HP_JSON", "TRAIN.TUNE_EPOCHS_PER_GENERATION",
    ];

    private readonly YamlTree _tree;
    private readonly HashSet<string> _known = [];
    private readonly Dictionary<string, object> _values = [];

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
        // Each size alone is in its range by now; together they can still be too wide.
        return options.ModelFor(units: 1).Validate().FirstOrDefault() is string problem ? throw tree.Error("MODEL.LATENT_DIM", problem) : options;
    }

    private TrainOptions Options()
    {
        var defaults = new TrainOptions { DataFile = "" };
        ulong seed = Seed();
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
                MaxCount = Has("MODEL.MAX_SPIKE_COUNT") ? Integer("MODEL.MAX_SPIKE_COUNT", 1, 1) : null,
            },
            BinWidthMs = Has("DATA.BIN_MS") ? Number("DATA.BIN_MS", 1, x => x > 0, "a number of milliseconds above 0") : null,
            Architecture = Choice("MODEL.NAME", defaults.Architecture, ("unet", Architecture.UNet), ("cnn", Architecture.Cnn)),
            Layers = Integer("MODEL.NUM_LAYERS", defaults.Layers, 0, 8),
            LatentDim = Integer("MODEL.LATENT_DIM", defaults.LatentDim, 1, 4096),
            Upsample = Choice("MODEL.UPSAMPLE", defaults.Upsample, ("linear", Upsampling.Linear), ("deconv", Upsampling.Deconv)),
            BatchSize = Integer("TRAIN.BATCH_SIZE", defaults.BatchSize, 1),
            Updates = Integer("TRAIN.NUM_UPDATES", defaults.Updates, 1),
            Masking = new Masking(
                Choice("TRAIN.MASK_MODE", MaskMode.Entry, ("entry", MaskMode.Entry), ("full", MaskMode.Entry), ("timestep", MaskMode.Timestep), ("neuron", MaskMode.Neuron)),
                Number("TRAIN.MASK_RATIO", 0.25, x => x is > 0 and < 1, "a probability between 0 and 1")),
            RescalesVisible = Boolean("TRAIN.MASK_RESCALE", false),
            WeightDecay = Number("TRAIN.WEIGHT_DECAY", 0, x => x >= 0, "a number of at least 0"),
            MaxGradientNorm = Number("TRAIN.MAX_GRAD_NORM", 0, x => x >= 0, "a norm above 0, or 0 for no clipping"),
            PeakLearningRate = Number("TRAIN.LR.INIT", defaults.PeakLearningRate, x => x > 0, "a number above 0"),
            WarmupSteps = Integer("TRAIN.LR.WARMUP", defaults.WarmupSteps, 0),
            IsCosine = Boolean("TRAIN.LR.SCHEDULE", defaults.IsCosine),
            ValidationInterval = Integer("TRAIN.VAL_INTERVAL", defaults.ValidationInterval, 1),
            LogInterval = Integer("TRAIN.LOG_INTERVAL", defaults.LogInterval, 1),
            CheckpointInterval = Integer("TRAIN.CHECKPOINT_INTERVAL", defaults.CheckpointInterval, 1),
            Patience = Integer("TRAIN.PATIENCE", defaults.Patience, 0),
            WritesHistograms = Boolean("TRAIN.HISTOGRAMS", defaults.WritesHistograms),
        };
    }

    /// <summary>Every key's value, defaults included: a <c>double</c>, <c>bool</c> or <c>string</c>; keys without value and default are left out.</summary>
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
        foreach (string key in _tree.Keys.Where(key => !_known.Contains(key)))
        {
            if (!Ancestral.Contains(key))
            {
                throw _tree.Error(key, "is not a key of a training configuration; docs/training.md lists them");
            }

            // What our own base.yaml carries over for other readers of the same files needs no warning.
            if (key is not ("CHECKPOINT_DIR" or "DATA.VAL_FILENAME" or "DATA.LOG_EPSILON" or "MODEL.LOGRATE"))
            {
                warn($"{key} has no meaning here and is ignored ({_tree.OriginOf(key)})");
            }
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
        string? text = Text(key, choices.First(c => c.Value!.Equals(fallback)).Name);
        foreach ((string name, T value) in choices)
        {
            if (name.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        throw _tree.Error(key, $"is '{text}', expected {string.Join(", ", choices.Select(c => c.Name))}");
    }
}
