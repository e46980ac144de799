using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>docs/training.md lists what there is: no key more, no key less.</summary>
public partial class TrainingPageTests
{
    [Fact]
    public void Every_configuration_key_is_described_and_no_other() =>
        Assert.Equal(TrainConfiguration.KnownKeys().Order(StringComparer.Ordinal), FirstCells("Configuration").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_score_is_described_and_no_other()
    {
        string[] properties = [.. typeof(TrainResult).GetProperties().Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name))];

        Assert.Equal(properties.Order(StringComparer.Ordinal), FirstCells("The scores").Order(StringComparer.Ordinal));
    }

    /// <summary>Defaults that are numbers or true and false are read from the page and set: nothing may change.</summary>
    [Fact]
    public void The_defaults_are_those_of_the_code()
    {
        TrainOptions expected = Read([]);
        string[][] rows = [.. Rows("Configuration").Where(row => NumberOrBoolean().IsMatch(row[3]))];

        Assert.True(rows.Length > 15, "the table has lost its defaults");
        Assert.All(rows, row => Assert.Equal(expected, Read([$"{row[0].Trim('`')}={row[3]}"])));
    }

    [Fact]
    public void The_keys_that_are_passed_over_are_ancestral_ones()
    {
        Assert.DoesNotContain(TrainConfiguration.KnownKeys(), TrainConfiguration.Ancestral.Contains);
        List<string> warnings = [];
        TrainConfiguration.Read(UnetSpikes.Data.Configuration.ConfigFile.Load(
            null, ["DATA.TRAIN_FILENAME=x.h5", .. TrainConfiguration.Ancestral.Select(key => key + "=1")]), warnings.Add);

        string[] silent = [.. TrainConfiguration.Ancestral.Where(key => !warnings.Exists(w => w.StartsWith(key + " ", StringComparison.Ordinal)))];
        Assert.Equal(["CHECKPOINT_DIR", "DATA.LOG_EPSILON", "MODEL.LOGRATE"], silent.Order(StringComparer.Ordinal));
        Assert.All(silent, key => Assert.Contains($"`{key}`", Page(), StringComparison.Ordinal));
    }

    private static TrainOptions Read(string[] settings) =>
        TrainConfiguration.Read(UnetSpikes.Data.Configuration.ConfigFile.Load(null, ["DATA.TRAIN_FILENAME=x.h5", .. settings]), _ => { });

    private static IEnumerable<string> FirstCells(string section) => Rows(section).Select(row => row[0].Trim('`'));

    private static IEnumerable<string[]> Rows(string section) => Page().Split("\n## ").Single(s => s.StartsWith(section + "\n", StringComparison.Ordinal))
        .Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries));

    private static string Page([CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "training.md"));

    [GeneratedRegex(@"^([0-9.]+|true|false|unet|linear|entry|none|amsgrad|cosine|loss)$")]
    private static partial Regex NumberOrBoolean();
}
