using UnetSpikes.Core;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Tests.Data;
using UnetSpikes.Train;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>The ancestor's files load unchanged; what means nothing here is said, what is wrong is refused with its place.</summary>
public sealed partial class TrainConfigurationTests : IDisposable
{
    // Keys, values and spellings of the ancestor's data/config/ (patrickmineault/unet-spikes), lines in its order.
    private const string Base = """
        CHECKPOINT_DIR: "/somewhere/"
        DATA:
          TRAIN_FILENAME: 'chaotic_rnn_no_inputs_dataset_N50_S50.h5'
          VAL_FILENAME: 'chaotic_rnn_no_inputs_dataset_N50_S50.h5'
          LOG_EPSILON: .0000001
          OVERFIT_TEST: False
        MODEL:
          TRIAL_LENGTH: 100
          LEARNABLE_POSITION: True
          EMBED_DIM: 2
          LOGRATE: True
        TRAIN:
          BATCH_SIZE: 128
          LR:
            SCHEDULE: false
          LOG_INTERVAL: 250
          CHECKPOINT_INTERVAL: 250
          NUM_UPDATES: 5001
          MASK_MODE: "timestep"
          MASK_RATIO: 0.25
          WEIGHT_DECAY: 0.0001

          TUNE_EPOCHS_PER_GENERATION: 100
          TUNE_HP_JSON: './configs/sweep_generic.json'
        """;

    private const string Lorenz = """
        CHECKPOINT_DIR: "/somewhere/"
        DATA:
          TRAIN_FILENAME: 'lfads_lorenz.h5'
          VAL_FILENAME: 'lfads_lorenz.h5'
          LOG_EPSILON: .0000001
          OVERFIT_TEST: False
        MODEL:
          TRIAL_LENGTH: 50
          LEARNABLE_POSITION: True
          PRE_NORM: True
          FIXUP_INIT: True
          EMBED_DIM: 2 # heads
          LOGRATE: True
        TRAIN:
          BATCH_SIZE: 128
          LR:
            SCHEDULE: False
          LOG_INTERVAL: 50
          CHECKPOINT_INTERVAL: 500
          PATIENCE: 2500
          NUM_UPDATES: 20001
          MASK_RATIO: 0.25
          MASK_MODE: "timestep"

          TUNE_HP_JSON: './configs/sweep_generic.json'
        """;

    private const string MazeSmall = """
        CHECKPOINT_DIR: "/home/user/runs/"
        DATA:
          DATAPATH: "/home/user/data/"
          # DATAPATH: "/elsewhere/"
          TRAIN_FILENAME: 'mc_maze_small.h5'
          VAL_FILENAME: 'mc_maze_small.h5'
        MODEL:
          TRIAL_LENGTH: 0 # 140
          LEARNABLE_POSITION: True
          PRE_NORM: True
          FIXUP_INIT: True
          EMBED_DIM: 0
          LOGRATE: True
          NUM_LAYERS: 4
        TRAIN:
          LR:
            WARMUP: 2000
          MASK_RATIO: 0.25
          WEIGHT_DECAY: 5.0e-05
          PATIENCE: 2000
          LOG_INTERVAL: 200
          VAL_INTERVAL: 20
          CHECKPOINT_INTERVAL: 1000
          NUM_UPDATES: 50501
          MASK_SPAN_RAMP_START: 5000
          MASK_SPAN_RAMP_END: 10000

          TUNE_HP_JSON: './configs/mc_maze.json'
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_ancestors_lorenz_file_loads_over_its_base()
    {
        TrainOptions options = Read(Lorenz);

        Assert.Equal(Path.Combine(".", "lfads_lorenz.h5"), options.DataFile);
        Assert.Equal((50, 128, 20001, 2500), (options.Data.TrialLength, options.BatchSize, options.Updates, options.Patience));
        Assert.Equal(new Masking(MaskMode.Timestep, MaskRatio.Fixed(0.25)), options.Masking);
        Assert.Equal(1e-4, options.WeightDecay);
        Assert.Equal(LearningRateSchedule.Constant, options.Schedule);
        Assert.Equal((50, 500), (options.LogInterval, options.CheckpointInterval));
    }

    [Fact]
    public void The_ancestors_maze_file_loads_over_its_base()
    {
        TrainOptions options = Read(MazeSmall);

        Assert.Equal("/home/user/data/mc_maze_small.h5", options.DataFile);
        Assert.Equal((0, 128, 50501, 2000), (options.Data.TrialLength, options.BatchSize, options.Updates, options.WarmupSteps));
        Assert.Equal((4, 20, 5e-5), (options.Layers, options.ValidationInterval, options.WeightDecay));
    }

    [Fact]
    public void Keys_without_meaning_warn_once_each_by_name_and_place()
    {
        Read(MazeSmall);

        string[] keys = [.. _warnings.Select(w => w.Split(' ')[0])];
        Assert.Equal(
            [
                "MODEL.EMBED_DIM", "MODEL.FIXUP_INIT", "MODEL.LEARNABLE_POSITION", "MODEL.PRE_NORM", "TRAIN.MASK_SPAN_RAMP_END",
                "TRAIN.MASK_SPAN_RAMP_START", "TRAIN.TUNE_EPOCHS_PER_GENERATION", "TRAIN.TUNE_HP_JSON",
            ],
            keys.Order(StringComparer.Ordinal));
        Assert.Contains(_warnings, w => w.Contains("lab.yaml:10", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("base.yaml")]
    [InlineData("lorenz.yaml")]
    [InlineData("chaotic.yaml")]
    [InlineData("lorenz_unet.yaml")]
    [InlineData("chaotic_unet.yaml")]
    [InlineData("mc_maze.yaml")]
    [InlineData("mc_rtt.yaml")]
    [InlineData("area2_bump.yaml")]
    [InlineData("dmfc_rsg.yaml")]
    [InlineData("mc_maze_large.yaml")]
    [InlineData("mc_maze_medium.yaml")]
    [InlineData("mc_maze_small.yaml")]
    public void The_files_we_ship_load_without_a_warning(string name)
    {
        TrainOptions options = TrainConfiguration.Read(ConfigFile.Load(TestFiles.Config(name), ["DATA.TRAIN_FILENAME=x.h5"]), _warnings.Add);

        Assert.Empty(_warnings);
        Assert.Equal(MaskMode.Entry, options.Masking.Mode);
    }

    [Fact]
    public void The_transformers_files_we_ship_load_without_a_warning()
    {
        foreach (string name in (string[])["ndt_lorenz.yaml", "ndt_chaotic.yaml"])
        {
            TrainOptions options = TrainConfiguration.Read(ConfigFile.Load(TestFiles.Config(name), ["DATA.TRAIN_FILENAME=x.h5"]), _warnings.Add);

            Assert.Empty(_warnings);
            Assert.Equal((UnetSpikes.Models.Architecture.Ndt, MaskMode.Timestep), (options.Architecture, options.Masking.Mode));
        }
    }

    [Fact]
    public void Nothing_but_a_data_set_gives_the_defaults()
    {
        TrainOptions options = TrainConfiguration.Read(ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5"]), _warnings.Add);

        Assert.Equal(new TrainOptions { DataFile = options.DataFile, Data = options.Data }, options);
        Assert.Equal(new UnetSpikes.Data.LfadsOptions(), options.Data);
    }

    /// <summary>Three words, and the ancestor's true and false in the spellings of YAML 1.1.</summary>
    [Theory]
    [InlineData("cosine", LearningRateSchedule.Cosine)]
    [InlineData("True", LearningRateSchedule.Cosine)]
    [InlineData("yes", LearningRateSchedule.Cosine)]
    [InlineData("constant", LearningRateSchedule.Constant)]
    [InlineData("False", LearningRateSchedule.Constant)]
    [InlineData("off", LearningRateSchedule.Constant)]
    [InlineData("plateau", LearningRateSchedule.Plateau)]
    public void A_schedule_has_a_name(string text, LearningRateSchedule expected) => Assert.Equal(
        expected, TrainConfiguration.Read(ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5", "TRAIN.LR.SCHEDULE=" + text]), _warnings.Add).Schedule);

    [Fact]
    public void A_seed_has_64_bits() => Assert.Equal(
        ulong.MaxValue, TrainConfiguration.Read(ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5", "SEED=18446744073709551615"]), _warnings.Add).Seed);

    [Fact]
    public void An_unknown_key_is_refused_with_its_file_and_line()
    {
        UsageException refused = Assert.Throws<UsageException>(() => Read("DATA:\n  TRAIN_FILENAME: 'x.h5'\nTRAIN:\n  MASK_RATOI: 0.5\n"));

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("TRAIN.MASK_RATOI", refused.Message, StringComparison.Ordinal);
        Assert.Contains("lab.yaml:4", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_data_set_the_option_is_named() =>
        Assert.Contains("--data", Assert.Throws<UsageException>(() => TrainConfiguration.Read(YamlTree.Empty, _warnings.Add)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("TRAIN.MASK_RATIO=0")]
    [InlineData("TRAIN.MASK_RATIO=1")]
    [InlineData("TRAIN.MASK_RATIO=nan")]
    [InlineData("TRAIN.MASK_MODE=trial")]
    [InlineData("TRAIN.MASK_RATIO_MAX=0.2")]
    [InlineData("TRAIN.MASK_RATIO_MAX=1")]
    [InlineData("TRAIN.MASK_RATIO_END=0")]
    [InlineData("TRAIN.MASK_MAX_SPAN=0")]
    [InlineData("TRAIN.MASK_SPAN_PROB=1.1")]
    [InlineData("TRAIN.MASK_SPAN_RAMP_START=-1")]
    [InlineData("TRAIN.MASK_SPAN_RAMP_END=-1")]
    [InlineData("TRAIN.MASK_TOKEN_RATIO=1.5")]
    [InlineData("TRAIN.MASK_RANDOM_RATIO=-0.5")]
    [InlineData("TRAIN.MASK_FILL=noise")]
    [InlineData("TRAIN.LOSS_ON=hidden")]
    [InlineData("TRAIN.FLIP=2")]
    [InlineData("TRAIN.JITTER=-1")]
    [InlineData("TRAIN.UNIT_DROPOUT=1")]
    [InlineData("TRAIN.BATCH_SIZE=0")]
    [InlineData("TRAIN.BATCH_SIZE=2.5")]
    [InlineData("TRAIN.NUM_UPDATES=0")]
    [InlineData("TRAIN.LR.INIT=0")]
    [InlineData("TRAIN.LR.INIT=-1")]
    [InlineData("TRAIN.LR.WARMUP=-1")]
    [InlineData("TRAIN.LR.SCHEDULE=maybe")]
    [InlineData("TRAIN.WEIGHT_DECAY=-0.1")]
    [InlineData("TRAIN.MAX_GRAD_NORM=-1")]
    [InlineData("TRAIN.BATCH_SIZES=64@10,32@20")]
    [InlineData("TRAIN.BATCH_SIZES=64@0,32@100,16@50")]
    [InlineData("TRAIN.BATCH_SIZES=64@0,32")]
    [InlineData("TRAIN.BATCH_SIZES=64,0")]
    [InlineData("TRAIN.BATCH_SIZES=many")]
    [InlineData("TRAIN.SELECT_BY=r2")]
    [InlineData("TRAIN.OPTIMIZER=sgd")]
    [InlineData("TRAIN.LR.FACTOR=1")]
    [InlineData("TRAIN.LR.FACTOR=0")]
    [InlineData("TRAIN.LR.PATIENCE=-1")]
    [InlineData("TRAIN.LR.MINIMUM=-1e-5")]
    [InlineData("TRAIN.AVERAGE=polyak")]
    [InlineData("TRAIN.EMA_DECAY=1")]
    [InlineData("TRAIN.EMA_DECAY=-0.1")]
    [InlineData("TRAIN.SWA_START=-1")]
    [InlineData("TRAIN.SWA_START=1.5")]
    [InlineData("TRAIN.VAL_INTERVAL=0")]
    [InlineData("TRAIN.LOG_INTERVAL=0")]
    [InlineData("TRAIN.CHECKPOINT_INTERVAL=0")]
    [InlineData("TRAIN.PATIENCE=-1")]
    [InlineData("MODEL.NUM_LAYERS=9")]
    [InlineData("MODEL.LATENT_DIM=0")]
    [InlineData("MODEL.UPSAMPLE=nearest")]
    [InlineData("MODEL.NAME=transformer")]
    [InlineData("MODEL.TRIAL_LENGTH=-1")]
    [InlineData("MODEL.MAX_SPIKE_COUNT=0")]
    [InlineData("DATA.RANDOM_SUBSET_TRIALS=0")]
    [InlineData("DATA.RANDOM_SUBSET_TRIALS=1.5")]
    [InlineData("DATA.BIN_MS=0")]
    [InlineData("DATA.CONVERSION_FACTOR=0")]
    [InlineData("SEED=-1")]
    [InlineData("SEED=one")]
    public void A_value_out_of_range_is_refused_by_key(string setting)
    {
        UsageException refused = Assert.Throws<UsageException>(
            () => TrainConfiguration.Read(ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5", setting]), _warnings.Add));

        Assert.StartsWith(setting.Split('=')[0] + ":", refused.Message, StringComparison.Ordinal);
        Assert.Contains("expected", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--set", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TRAIN.MASK_RATIO_END", "TRAIN.MASK_RATIO_END=0.5", "TRAIN.MASK_RATIO_MAX=0.5")]
    [InlineData("TRAIN.MASK_SPAN_RAMP_END", "TRAIN.MASK_SPAN_RAMP_START=10", "TRAIN.MASK_SPAN_RAMP_END=9")]
    [InlineData("TRAIN.MASK_FILL", "TRAIN.MASK_FILL=mean", "TRAIN.MASK_MODE=thin")]
    [InlineData("TRAIN.MASK_RESCALE", "TRAIN.MASK_FILL=linear", "TRAIN.MASK_RESCALE=true")]
    public void Values_that_contradict_each_other_are_refused(string key, params string[] settings)
    {
        UsageException refused = Assert.Throws<UsageException>(
            () => TrainConfiguration.Read(ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5", .. settings]), _warnings.Add));

        Assert.StartsWith(key + ":", refused.Message, StringComparison.Ordinal);
        Assert.Contains("expected", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_masks_arrive_in_the_options()
    {
        TrainOptions options = TrainConfiguration.Read(
            ConfigFile.Load(
                null,
                [
                    "DATA.TRAIN_FILENAME=x.h5", "TRAIN.MASK_MODE=span", "TRAIN.MASK_RATIO=0.3", "TRAIN.MASK_RATIO_MAX=0.7", "TRAIN.MASK_MAX_SPAN=7", "TRAIN.MASK_SPAN_PROB=0.5",
                    "TRAIN.MASK_SPAN_RAMP_START=10", "TRAIN.MASK_SPAN_RAMP_END=20", "TRAIN.MASK_TOKEN_RATIO=0.8", "TRAIN.MASK_RANDOM_RATIO=0.1", "TRAIN.MASK_FILL=nearest",
                    "TRAIN.LOSS_ON=all", "TRAIN.FLIP=0.25", "TRAIN.JITTER=4", "TRAIN.UNIT_DROPOUT=0.125",
                ]),
            _warnings.Add);

        Assert.Equal(new Masking(MaskMode.Span, MaskRatio.Uniform(0.3, 0.7)) { Spans = new MaskSpans(7, 0.5, 10, 20) }, options.Masking);
        Assert.Equal((MaskFill.Nearest, LossEntries.All), (options.MaskFill, options.LossOn));
        Assert.Equal(new MaskTokens(0.8, 0.1), options.MaskTokens);
        Assert.Equal(new Augmentation(0.25, 4, 0.125), options.Augmentation);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Thinned_input_is_rescaled_unless_told_otherwise()
    {
        bool Rescales(params string[] settings) =>
            TrainConfiguration.Read(ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5", .. settings]), _warnings.Add).RescalesVisible;

        Assert.Equal((false, true, false), (Rescales(), Rescales("TRAIN.MASK_MODE=thin"), Rescales("TRAIN.MASK_MODE=thin", "TRAIN.MASK_RESCALE=false")));
    }

    [Fact]
    public void Keys_that_another_mode_would_use_warn()
    {
        TrainConfiguration.Read(
            ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5", "TRAIN.MASK_MODE=thin", "TRAIN.MASK_MAX_SPAN=3", "TRAIN.MASK_TOKEN_RATIO=0.8", "TRAIN.LOSS_ON=all"]), _warnings.Add);

        Assert.Equal(
            [
                "TRAIN.MASK_MAX_SPAN has no meaning with TRAIN.MASK_MODE thin and is ignored (--set)", "TRAIN.MASK_TOKEN_RATIO has no meaning with TRAIN.MASK_MODE thin and is ignored (--set)",
                "TRAIN.LOSS_ON has no meaning with TRAIN.MASK_MODE thin and is ignored (--set)",
            ],
            _warnings);
    }

    /// <summary>4096 channels doubled eight times are a million: more weights than an array has places.</summary>
    [Fact]
    public void A_network_too_wide_to_build_is_refused() => Assert.Throws<UsageException>(() => TrainConfiguration.Read(
        ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5", "MODEL.LATENT_DIM=4096", "MODEL.NUM_LAYERS=8"]), _warnings.Add));

    private TrainOptions ReadSettings(params string[] settings) =>
        TrainConfiguration.Read(ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5", .. settings]), _warnings.Add);

    private TrainOptions Read(string yaml)
    {
        File.WriteAllText(_folder.File("base.yaml"), Base);
        File.WriteAllText(_folder.File("lab.yaml"), yaml);
        return TrainConfiguration.Read(ConfigFile.Load(_folder.File("lab.yaml")), _warnings.Add);
    }
}
