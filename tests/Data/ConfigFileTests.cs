using UnetSpikes.Core;
using UnetSpikes.Data.Configuration;
using Xunit;

namespace UnetSpikes.Tests.Data;

public class ConfigFileTests
{
    // The ancestor's keys and spellings, in the layout of its data/config/mc_maze_small.yaml and base.yaml.
    private const string Base = """
        CHECKPOINT_DIR: "/somewhere/"
        DATA:
          TRAIN_FILENAME: 'base.h5'
          LOG_EPSILON: .0000001
          OVERFIT_TEST: False
        MODEL:
          TRIAL_LENGTH: 100
          LOGRATE: True
        TRAIN:
          BATCH_SIZE: 128
          LR:
            SCHEDULE: false
          MASK_MODE: "timestep"
          WEIGHT_DECAY: 0.0001

          TUNE_HP_JSON: './configs/sweep_generic.json'
        """;

    private const string Small = """
        DATA:
          # DATAPATH: "/elsewhere/"
          TRAIN_FILENAME: 'mc_maze_small.h5'
        MODEL:
          TRIAL_LENGTH: 0 # 140
        TRAIN:
          LR:
            WARMUP: 2000
          WEIGHT_DECAY: 5.0e-05
        """;

    [Fact]
    public void A_data_sets_file_goes_over_base_and_overrides_over_both()
    {
        using TemporaryFolder folder = Folder(out string path);

        YamlTree config = ConfigFile.Load(path, ["TRAIN.BATCH_SIZE=16", "TRAIN.LR.INIT=1e-3", "A.LIST=[1, 2]", "TRAIN.BATCH_SIZE=32"]);

        Assert.Equal("mc_maze_small.h5", config.GetString("DATA.TRAIN_FILENAME"));
        Assert.Equal(1e-7, config.GetDouble("DATA.LOG_EPSILON"));
        Assert.False(config.GetBoolean("DATA.OVERFIT_TEST"));
        Assert.True(config.GetBoolean("MODEL.LOGRATE"));
        Assert.Equal(0, config.GetInt32("MODEL.TRIAL_LENGTH"));
        Assert.Equal(5e-5, config.GetDouble("TRAIN.WEIGHT_DECAY"));
        Assert.False(config.GetBoolean("TRAIN.LR.SCHEDULE"));
        Assert.Equal(2000, config.GetInt32("TRAIN.LR.WARMUP"));
        Assert.Equal(1e-3, config.GetDouble("TRAIN.LR.INIT"));
        Assert.Equal(32, config.GetInt32("TRAIN.BATCH_SIZE"));
        Assert.Equal(["1", "2"], config.GetList("A.LIST")!);
        Assert.Contains("TRAIN.TUNE_HP_JSON", config.Keys);
        Assert.Equal($"{path}:8", config.OriginOf("TRAIN.LR.WARMUP"));
        Assert.Equal("--set", config.OriginOf("TRAIN.LR.INIT"));
        Assert.Null(config.GetDouble("TRAIN.PATIENCE"));
        Assert.False(config.Has("TRAIN.PATIENCE"));
    }

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        using TemporaryFolder folder = Folder(out string path);
        YamlTree config = ConfigFile.Load(path, ["X.TEXT=true story: yes", "X.NONE=", "X.QUOTED=\"\"", "X.LIST=[a, 'b c']", "X.NUMBER=1.50"]);
        string copy = folder.File("copy/config.yaml");
        Directory.CreateDirectory(folder.File("copy"));

        File.WriteAllText(copy, config.ToYaml());
        YamlTree read = ConfigFile.Load(copy);

        Assert.Equal(config.Keys.Order(), read.Keys.Order());
        Assert.All(config.Keys, key => Assert.Equal(config.GetList(key), read.GetList(key)));
        Assert.Equal("1.50", read.GetString("X.NUMBER"));
        Assert.Null(read.GetString("X.NONE"));
        Assert.Equal("", read.GetString("X.QUOTED"));
    }

    [Fact]
    public void Values_of_the_wrong_kind_name_key_file_and_line()
    {
        using TemporaryFolder folder = Folder(out string path);
        YamlTree config = ConfigFile.Load(path, ["TRAIN.MASK_RATIO=lots", "TRAIN.BATCH_SIZE=1.5"]);

        Assert.Equal($"TRAIN.LR.WARMUP: is \"2000\", expected true or false ({path}:8)", Refusal(() => config.GetBoolean("TRAIN.LR.WARMUP")));
        Assert.Equal("TRAIN.MASK_RATIO: is \"lots\", expected a number (--set)", Refusal(() => config.GetDouble("TRAIN.MASK_RATIO")));
        Assert.Equal("TRAIN.BATCH_SIZE: is \"1.5\", expected a whole number (--set)", Refusal(() => config.GetInt32("TRAIN.BATCH_SIZE")));
        Assert.StartsWith("TRAIN.LR: is a section with TRAIN.LR.", Refusal(() => config.GetDouble("TRAIN.LR")), StringComparison.Ordinal);
        Assert.Equal($"TRAIN.LR.WARMUP: too long ({path}:8)", config.Error("TRAIN.LR.WARMUP", "too long").Message);
        Assert.Equal(2, config.Error("TRAIN.LR.WARMUP", "too long").ExitCode);
    }

    [Fact]
    public void Sections_and_values_do_not_mix_but_an_empty_section_is_nothing()
    {
        using TemporaryFolder folder = Folder(out string path);

        Assert.StartsWith("TRAIN.LR: is \"3\", expected a section, because ", Refusal(() => ConfigFile.Load(path, ["TRAIN.LR=3"])), StringComparison.Ordinal);
        Assert.StartsWith("DATA.TRAIN_FILENAME: is \"mc_maze_small.h5\", expected a section", Refusal(() => ConfigFile.Load(path, ["DATA.TRAIN_FILENAME.X=3"])), StringComparison.Ordinal);
        Assert.Equal("mc_maze_small.h5", ConfigFile.Load(path, ["DATA="]).GetString("DATA.TRAIN_FILENAME"));
    }

    [Fact]
    public void What_is_no_configuration_is_refused()
    {
        using var folder = new TemporaryFolder();
        string unclosed = folder.Write("unclosed.yaml", "A:\n  B: [1, 2\nC: 3\n"u8);
        string broken = folder.Write("broken.yaml", "A: 1\n  B: : 2\n"u8);
        string list = folder.Write("list.yaml", "- 1\n- 2\n"u8);
        string nested = folder.Write("nested.yaml", "A:\n  - [1]\n"u8);
        string bomb = folder.Write("bomb.yaml", System.Text.Encoding.UTF8.GetBytes(
            "a: &a {x: 1, y: 2}\n" + string.Concat(Enumerable.Range(1, 24).Select(i => $"{(char)('a' + i)}: &{(char)('a' + i)} {{p: *{(char)('a' + i - 1)}, q: *{(char)('a' + i - 1)}}}\n"))));

        Assert.Equal($"{unclosed}: is not YAML: a list or quotation is not closed", Refusal(() => ConfigFile.Load(unclosed)));
        Assert.StartsWith($"{broken}:2: is not YAML: ", Refusal(() => ConfigFile.Load(broken)), StringComparison.Ordinal);
        Assert.Equal($"{list}: is not a configuration, expected keys and values", Refusal(() => ConfigFile.Load(list)));
        Assert.Equal($"{nested}:1: has a list of something else than single values", Refusal(() => ConfigFile.Load(nested)));
        Assert.EndsWith("is nested too deeply or has too many keys for a configuration", Refusal(() => ConfigFile.Load(bomb)));
        Assert.Equal($"{broken}.gone: no such configuration file", Refusal(() => ConfigFile.Load(broken + ".gone")));
        Assert.Equal("--set: \"LR\" is not key=value, expected for example TRAIN.LR.INIT=0.001", Refusal(() => ConfigFile.Load(null, ["LR"])));
        Assert.Equal("--set A: is a section, expected a value or a list", Refusal(() => ConfigFile.Load(null, ["A={b: 1}"])));
    }

    [Theory]
    [InlineData("lorenz.yaml", "resunet", "lfads_lorenz.h5", 64)]
    [InlineData("lorenz_unet.yaml", "unet", "lfads_lorenz.h5", 20)]
    [InlineData("chaotic.yaml", "resunet", "chaotic_rnn_no_inputs_dataset_N50_S50.h5", 64)]
    [InlineData("chaotic_unet.yaml", "unet", "chaotic_rnn_no_inputs_dataset_N50_S50.h5", 32)]
    public void The_configurations_that_ship_load_over_their_base(string name, string network, string file, int latentDim)
    {
        YamlTree config = ConfigFile.Load(TestFiles.Config(name));

        Assert.Equal(file, config.GetString("DATA.TRAIN_FILENAME"));
        Assert.Equal(latentDim, config.GetInt32("MODEL.LATENT_DIM"));
        Assert.Equal(network, config.GetString("MODEL.NAME"));
        Assert.InRange(config.GetDouble("TRAIN.MASK_RATIO")!.Value, 0.01, 0.99);
    }

    private static TemporaryFolder Folder(out string path)
    {
        var folder = new TemporaryFolder();
        folder.Write("base.yaml", System.Text.Encoding.UTF8.GetBytes(Base));
        path = folder.Write("mc_maze_small.yaml", System.Text.Encoding.UTF8.GetBytes(Small));
        return folder;
    }

    private static string Refusal(Func<object?> action) => Assert.Throws<UsageException>(action).Message;
}
