using UnetSpikes.Models.Runs;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>
/// Every key of the configuration does something: with another value the same tiny run comes out otherwise. That it does the right thing is other
/// tests' matter; this one is the net that no key falls through, and a new key fails it until it has a row.
/// </summary>
public sealed class EveryKeyTests(EveryKeyTests.Runs runs) : IClassFixture<EveryKeyTests.Runs>
{
    private const string ResUNet = "MODEL.NAME=resunet", Ndt = "MODEL.NAME=ndt MODEL.HIDDEN_SIZE=8", Span = "TRAIN.MASK_MODE=span";

    // A rate that ruins the network: validations get worse.
    private const string Ruin = "TRAIN.LR.INIT=0.5 TRAIN.NUM_UPDATES=12 TRAIN.VAL_INTERVAL=1";
    private const string Plateau = Ruin + " TRAIN.LR.SCHEDULE=plateau TRAIN.LR.PATIENCE=0";

    private static readonly Row[] Rows =
    [
        new("SEED", "2"),
        new("DATA.CONVERSION_FACTOR", "7") { Changes = Parts.Curves },
        new("DATA.OVERFIT_TEST", "true"),
        new("DATA.RANDOM_SUBSET_TRIALS", "0.5") { Changes = Parts.Weights },
        new("MODEL.NAME", "resunet ndt cnn"),
        new("MODEL.NUM_LAYERS", "0 2"),
        new("MODEL.LATENT_DIM", "4"),
        new("MODEL.UPSAMPLE", "deconv"),
        new("MODEL.LINK", "log1p_exp identity"), // softplus with its β of 1 is log1p_exp with its a of 1
        new("MODEL.LINK_SCALE", "2") { With = "MODEL.LINK=log1p_exp" },
        new("MODEL.LINK_LEARNABLE", "true") { With = "MODEL.LINK=log1p_exp" },
        new("MODEL.LINK_BETA", "2") { With = "MODEL.LINK=softplus" },
        new("MODEL.NORM", "layer group none") { With = ResUNet },
        new("MODEL.WIDTH", "doubling") { With = ResUNet },
        new("MODEL.FULL_SKIP", "false") { With = ResUNet },
        new("MODEL.KERNEL", "1 5") { With = ResUNet },
        new("MODEL.BLOCK", "convnext") { With = ResUNet },
        new("MODEL.DILATION", "2") { With = ResUNet },
        new("MODEL.CAUSAL", "true") { With = ResUNet },
        new("MODEL.CODE", "4") { With = ResUNet },
        new("MODEL.FILM", "true") { With = ResUNet },
        new("MODEL.TOP", "time space both") { With = ResUNet },
        new("MODEL.DROPOUT", "0.3") { With = ResUNet },
        new("MODEL.DROPOUT_INPUT", "0.3") { With = ResUNet },
        new("MODEL.DROPOUT_RATES", "0.3") { With = ResUNet },
        new("MODEL.POSITIONS", "learned relative") { With = ResUNet + " MODEL.TOP=time" },
        new("MODEL.DROPOUT_CODE", "0.3") { With = ResUNet + " MODEL.CODE=4" },
        new("MODEL.EMBED_DIM", "0 1") { With = Ndt },
        new("MODEL.HIDDEN_SIZE", "4") { With = Ndt },
        new("MODEL.NUM_HEADS", "1 3") { With = Ndt },
        new("MODEL.POSITIONS", "none sinusoid relative") { With = Ndt },
        new("MODEL.LEARNABLE_POSITION", "false") { With = Ndt },
        new("MODEL.CONTEXT_FORWARD", "0 -1") { With = Ndt },
        new("MODEL.CONTEXT_BACKWARD", "0 -1") { With = Ndt },
        new("MODEL.FULL_CONTEXT", "true") { With = Ndt },
        new("MODEL.PRE_NORM", "true") { With = Ndt },
        new("MODEL.ACTIVATION", "gelu") { With = Ndt },
        new("MODEL.FIXUP_INIT", "true") { With = Ndt },
        new("MODEL.DROPOUT", "0") { With = Ndt },
        new("MODEL.DROPOUT_RATES", "0") { With = Ndt },
        new("MODEL.DROPOUT_EMBEDDING", "0") { With = Ndt },
        new("MODEL.TRIAL_LENGTH", "10"),
        new("MODEL.MAX_SPIKE_COUNT", "1"),
        new("TRAIN.BATCH_SIZE", "4"),
        new("TRAIN.BATCH_SIZES", "4@0,8@2 2,4"),
        new("TRAIN.NUM_UPDATES", "5"),
        new("TRAIN.MASK_MODE", "timestep neuron span thin"),
        new("TRAIN.MASK_RATIO", "0.5"),
        new("TRAIN.MASK_RATIO_MAX", "0.5"),
        new("TRAIN.MASK_RATIO_END", "0.5"),
        new("TRAIN.MASK_RESCALE", "true"),
        new("TRAIN.MASK_FILL", "mean nearest linear channel"),
        new("TRAIN.MASK_TOKEN_RATIO", "0.5"),
        new("TRAIN.MASK_RANDOM_RATIO", "0 1") { With = "TRAIN.MASK_TOKEN_RATIO=0.5" },
        new("TRAIN.MASK_MAX_SPAN", "2") { With = Span },
        new("TRAIN.MASK_SPAN_PROB", "0") { With = Span },
        new("TRAIN.MASK_SPAN_RAMP_START", "2") { With = Span },
        new("TRAIN.MASK_SPAN_RAMP_END", "9") { With = Span },
        new("TRAIN.LOSS_ON", "all"),
        new("TRAIN.FLIP", "0.5"),
        new("TRAIN.JITTER", "3"),
        new("TRAIN.UNIT_DROPOUT", "0.4"),
        new("TRAIN.OPTIMIZER", "adam adamw") { With = "TRAIN.WEIGHT_DECAY=0.1" },
        new("TRAIN.WEIGHT_DECAY", "0.1"),
        new("TRAIN.MAX_GRAD_NORM", "0.001"),
        new("TRAIN.AVERAGE", "ema swa") { Changes = Parts.Kept | Parts.Losses },
        new("TRAIN.EMA_DECAY", "0.1") { With = "TRAIN.AVERAGE=ema", Changes = Parts.Kept | Parts.Losses },
        new("TRAIN.SWA_START", "1") { With = "TRAIN.AVERAGE=swa", Changes = Parts.Kept | Parts.Losses },
        new("TRAIN.LR.INIT", "0.05"),
        new("TRAIN.LR.WARMUP", "3"),
        new("TRAIN.LR.SCHEDULE", "cosine plateau") { With = Ruin + " TRAIN.LR.PATIENCE=0" },
        new("TRAIN.LR.FACTOR", "0.1") { With = Plateau },
        new("TRAIN.LR.PATIENCE", "2") { With = Plateau },
        new("TRAIN.LR.MINIMUM", "0.4") { With = Plateau },
        new("TRAIN.VAL_INTERVAL", "1") { Changes = Parts.Curves },
        new("TRAIN.LOG_INTERVAL", "1") { Changes = Parts.Curves },
        new("TRAIN.SELECT_BY", "newest") { With = Ruin, Changes = Parts.Kept },
        new("TRAIN.PATIENCE", "2") { With = Ruin },
    ];

    /// <summary>What a tiny run cannot show, and the test that does.</summary>
    private static readonly Dictionary<string, string> TestedElsewhere = new()
    {
        ["DATA.DATAPATH"] = nameof(TrainConfigurationTests.The_ancestors_maze_file_loads_over_its_base),
        ["DATA.TRAIN_FILENAME"] = nameof(TrainConfigurationTests.The_ancestors_lorenz_file_loads_over_its_base),
        ["DATA.VAL_FILENAME"] = nameof(CoSmoothingTests.Targets_in_another_file_are_found),
        ["DATA.IGNORE_FORWARD"] = nameof(CoSmoothingTests.Without_forward_bins_the_network_predicts_none),
        ["TRAIN.HELDOUT_WEIGHT"] = nameof(CoSmoothingTests.The_weights_of_what_is_not_seen_matter),
        ["TRAIN.FORWARD_WEIGHT"] = nameof(CoSmoothingTests.The_weights_of_what_is_not_seen_matter),
        ["DATA.BIN_MS"] = nameof(TrainCommandTests.The_width_of_a_bin_given_by_hand_goes_into_the_checkpoint),
        ["MODEL.LINEAR_EMBEDDER"] = nameof(TrainConfigurationTests.A_value_the_transformer_cannot_have_is_refused_by_key), // only true is taken
        ["TRAIN.TEACHERS"] = nameof(DistillTests.A_run_with_teachers_trains_them_first_and_goes_on_wherever_it_was_stopped),
        ["TRAIN.DISTILL"] = nameof(DistillTests.A_student_says_whom_it_learnt_from_and_resumes_bit_for_bit_with_that_teacher_only),
        ["TRAIN.CHECKPOINT_INTERVAL"] = nameof(TrainCommandTests.A_loss_that_is_no_number_stops_the_run_and_names_the_last_good_checkpoint),
        ["TRAIN.HISTOGRAMS"] = nameof(RunEventsTests.Histograms_are_of_every_parameter_array_and_its_gradient),
    };

    public static TheoryData<string> Keys() => [.. Rows.Select(row => row.Name)];

    [Fact]
    public void Every_key_has_a_row_or_a_test_of_its_own() =>
        Assert.Equal(
            TrainConfiguration.KnownKeys().Order(StringComparer.Ordinal),
            Rows.Select(row => row.Key).Distinct().Concat(TestedElsewhere.Keys).Order(StringComparer.Ordinal));

    /// <summary>Without this nothing could be told from the others.</summary>
    [Fact]
    public void The_same_settings_give_the_same_run() => Assert.Equal(Parts.None, Outcome.Differences(runs.Train("SEED=1"), runs.Train("SEED=1 ")));

    [Theory]
    [MemberData(nameof(Keys))]
    public void Each_of_its_values_makes_another_run(string name)
    {
        Row row = Rows.Single(row => row.Name == name);
        string[] settings = [row.With, .. row.Values.Split(' ').Select(value => $"{row.With} {row.Key}={value}")];

        foreach ((int first, int second) in Enumerable.Range(0, settings.Length).SelectMany(i => Enumerable.Range(0, i).Select(j => (j, i))))
        {
            Parts missing = row.Changes & ~Outcome.Differences(runs.Train(settings[first]), runs.Train(settings[second]));
            Assert.True(missing == Parts.None, $"'{settings[first]}' and '{settings[second]}' have the same {missing}");
        }
    }

    /// <summary>What can be told from another run's.</summary>
    [Flags]
    internal enum Parts
    {
        None = 0,

        /// <summary>The newest parameters.</summary>
        Weights = 1,

        /// <summary>The losses of the validations, which the weights and the network have a part in.</summary>
        Losses = 2,

        /// <summary>The kept parameters.</summary>
        Kept = 4,

        /// <summary>All points of the history.</summary>
        Curves = 8,
    }

    /// <summary>A key's values beside its default, what else has to be set for it to matter, and what it changes.</summary>
    private sealed record Row(string Key, string Values)
    {
        public string Name => $"{Key} {With}".TrimEnd();

        public string With { get; init; } = "";

        public Parts Changes { get; init; } = Parts.Weights | Parts.Losses;
    }

    internal sealed record Outcome(float[] Weights, float[] Kept, HistoryPoint[] Points)
    {
        public static Parts Differences(Outcome a, Outcome b) =>
            Of(Parts.Weights, a.Weights, b.Weights) | Of(Parts.Kept, a.Kept, b.Kept) | Of(Parts.Curves, a.Points, b.Points)
            | Of(Parts.Losses, a.Points.Select(p => p.ValidationLoss).OfType<double>(), b.Points.Select(p => p.ValidationLoss).OfType<double>());

        private static Parts Of<T>(Parts part, IEnumerable<T> a, IEnumerable<T> b) => a.SequenceEqual(b) ? Parts.None : part;
    }

    /// <summary>Tiny runs of four updates, each kind trained once.</summary>
    public sealed class Runs : IDisposable
    {
        private const string Common = "MODEL.NUM_LAYERS=1 TRAIN.LR.WARMUP=0 TRAIN.LR.INIT=0.01 TRAIN.VAL_INTERVAL=2";

        private readonly TinyRun _tiny = new();
        private readonly Dictionary<string, Outcome> _outcomes = [];

        public void Dispose() => _tiny.Dispose();

        internal Outcome Train(string settings)
        {
            if (!_outcomes.TryGetValue(settings, out Outcome? outcome))
            {
                string folder = $"run{_outcomes.Count}";
                string[] all = [.. $"{Common} {settings}".Split(' ', StringSplitOptions.RemoveEmptyEntries)];
                (int code, _, string error) = _tiny.Train(folder, 4, [.. all.SelectMany(setting => (string[])["--set", setting])]);
                Assert.True(code == 0, $"{settings}: {error}");
                var points = RunHistory.Read(new RunFiles(_tiny.File(folder)).History).Select(point => point with { Seconds = 0 });
                _outcomes[settings] = outcome = new Outcome(_tiny.Last(folder).Parameters, _tiny.Best(folder).Parameters, [.. points]);
            }

            return outcome;
        }
    }
}
