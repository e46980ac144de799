using System.Text.Json;
using UnetSpikes.Cli;
using Xunit;

namespace UnetSpikes.Tests.Cli;

public class JsonLineTests
{
    [Fact]
    public void One_line_with_snake_case_names_and_null_for_what_is_no_number()
    {
        var output = new StringWriter();

        JsonLine.Write(output, new { R2Uniform = 0.1 + 0.2, BitsPerSpike = double.NaN, Worst = float.NegativeInfinity, PerUnit = new[] { 1.5, double.NaN }, Path = "σ.h5" });

        Assert.Equal("""{"r2_uniform":0.30000000000000004,"bits_per_spike":null,"worst":null,"per_unit":[1.5,null],"path":"σ.h5"}""" + "\n", output.ToString());
    }

    [Fact]
    public void The_keys_of_a_dictionary_are_kept() =>
        Assert.Equal("""{"TRAIN.LR":0.01}""", Line(new Dictionary<string, double> { ["TRAIN.LR"] = 0.01 }));

    [Fact]
    public void The_text_for_a_file_says_the_same_over_many_lines()
    {
        string text = JsonLine.Text(new { Alpha = 0.1, Scores = new[] { double.NaN } });

        Assert.True(text.Count(c => c == '\n') > 2);
        using JsonDocument read = JsonDocument.Parse(text);
        Assert.Equal(JsonValueKind.Null, read.RootElement.GetProperty("scores")[0].ValueKind);
    }

    private static string Line<T>(T value)
    {
        var output = new StringWriter();
        JsonLine.Write(output, value);
        return output.ToString().TrimEnd('\n');
    }
}
