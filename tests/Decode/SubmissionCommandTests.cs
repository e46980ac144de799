using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Decode;
using UnetSpikes.Nlb.Scores;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Nlb;
using Xunit;

namespace UnetSpikes.Tests.Decode;

/// <summary><c>decode --submission</c> as a user runs it.</summary>
public sealed class SubmissionCommandTests : IDisposable
{
    private static readonly string GoldenTarget = NlbFiles.Golden("golden_target.h5");
    private static readonly string GoldenSubmission = NlbFiles.Golden("golden_submission.h5");

    private readonly TemporaryFolder _folder = new();
    private readonly BenchmarkToy _toy = new();

    private string Scores => _folder.File("scores.json");

    private string Target => _folder.File("target.h5");

    private string Submission => _folder.File("submission.h5");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_golden_pair_prints_a_table_and_writes_what_evaluate_returns()
    {
        (int code, string output, string error) = Run("--submission", GoldenSubmission, "--target", GoldenTarget, "--out", Scores, "--json");

        Assert.True(code == 0, error);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        JsonElement expected = JsonDocument.Parse(File.ReadAllText(NlbFiles.Golden("golden_evaluate.json"))).RootElement;
        foreach (string json in new[] { File.ReadAllText(Scores), lines[^1] })
        {
            AssertSame(expected, JsonDocument.Parse(json).RootElement);
        }

        Assert.Equal(["mc_maze", "5", "0.2974", "0.9142", "0.4362", "0.5030"], lines[2].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(lines, line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["mc_rtt", "5", "0.3924", "0.8627", "-", "0.2392"]);
        Assert.Contains(BitsPerSpike.CoSmoothingDefinition, lines);
        Assert.Contains(VelocityR2.Definition, lines);
        Assert.Contains(TpCorrelation.Definition, lines);
        Assert.Contains(PsthR2.Definition, lines);
        Assert.Contains(BitsPerSpike.ForwardDefinition, lines);
        Assert.Equal([Path.GetFileName(Scores)], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Rows_for_a_paper_come_in_Markdown_and_LaTeX()
    {
        (_, string markdown, _) = Run("--submission", GoldenSubmission, "--target", GoldenTarget, "--row", "markdown");
        (_, string latex, _) = Run("--submission", GoldenSubmission, "--target", GoldenTarget, "--row", "latex");

        Assert.Contains("| dmfc_rsg | 5 | 0.3058 | 0.1249 | 0.6946 | 0.3173 |\n", markdown, StringComparison.Ordinal);
        Assert.Contains(@"| data set | bin (ms) | co-bps | vel R2 \| tp corr | psth R2 | fp-bps |", markdown, StringComparison.Ordinal);
        Assert.Contains(@"dmfc\_rsg & 5 & 0.3058 & 0.1249 & 0.6946 & 0.3173 \\" + "\n", latex, StringComparison.Ordinal);
    }

    [Fact]
    public void A_negative_score_is_mathematics_in_LaTeX()
    {
        var rates = _toy.Submission["eval_rates_heldout"].Values;
        for (int i = 0; i < rates.Length; i++)
        {
            rates[i] = 5;
        }

        _toy.Write(Target, Submission);

        (int code, string output, _) = Run("--submission", Submission, "--target", Target, "--row", "latex");

        Assert.Equal(0, code);
        Assert.Contains(@"mc\_maze & 5 & $-", output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_skipped_is_said()
    {
        _toy.Groups = ["mc_maze", "mc_rtt"];
        _toy.Write(Target, Submission);
        _toy.Groups = ["mc_maze"];
        _toy.Write(Target, _folder.File("other.h5"));

        (int code, _, string error) = Run("--submission", Submission, "--target", Target, "--quiet");

        Assert.Equal((0, $"warning: mc_rtt is not scored: {Target} has no eval_spikes_heldout there\n"), (code, error));
    }

    [Theory]
    [InlineData("/mc_maze/eval_rates_heldin is missing, expected a dataset")]
    [InlineData("/mc_maze/eval_rates_heldin has NaN at trial 0, bin 0, column 2, expected rates that are known wherever behaviour is", 2, double.NaN)]
    public void A_submission_that_is_not_whole_is_one_line_and_exit_code_3(string expected, int index = -1, double value = 0)
    {
        if (index < 0)
        {
            _toy.Submission.Remove("eval_rates_heldin");
        }
        else
        {
            _toy.Submission["eval_rates_heldin"].Values[index] = value;
        }

        _toy.Write(Target, Submission);

        (int code, string output, string error) = Run("--submission", Submission, "--target", Target, "--out", Scores);

        Assert.Equal((ExitCode.Data, "", $"error: {Submission}: {expected}\n"), (code, output, error));
        Assert.False(File.Exists(Scores));
    }

    [Fact]
    public void Files_without_a_data_set_in_common_are_one_line_and_exit_code_3()
    {
        _toy.Groups = ["mine"];
        _toy.Write(Target, Submission);

        (int code, _, string error) = Run("--submission", Submission, "--target", Target);

        Assert.Equal(ExitCode.Data, code);
        Assert.Contains($"error: {Submission}: shares no data set with {Target}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_that_exist_are_overwritten_only_by_force_and_an_input_never()
    {
        _toy.Write(Target, Submission);
        File.WriteAllText(Scores, "mine");

        (int refused, _, string error) = Run("--submission", Submission, "--target", Target, "--out", Scores);
        string kept = File.ReadAllText(Scores);
        (int forced, _, _) = Run("--submission", Submission, "--target", Target, "--out", Scores, "--force");
        (int input, _, string inputError) = Run("--submission", Submission, "--target", Target, "--out", Target, "--force");

        Assert.Equal((ExitCode.Usage, $"error: --out: {Scores} exists; --force overwrites it\n", "mine"), (refused, error, kept));
        Assert.Equal((0, ExitCode.Usage, $"error: --out: {Target} is an input\n"), (forced, input, inputError));
        Assert.StartsWith("[", File.ReadAllText(Scores), StringComparison.Ordinal);
    }

    private static void AssertSame(JsonElement expected, JsonElement found)
    {
        Assert.Equal(expected.GetArrayLength(), found.GetArrayLength());
        foreach ((JsonProperty split, JsonProperty other) in expected.EnumerateArray().Select(e => e.EnumerateObject().Single())
            .Zip(found.EnumerateArray().Select(e => e.EnumerateObject().Single())))
        {
            Assert.Equal(split.Name, other.Name);
            Assert.Equal(split.Value.EnumerateObject().Select(p => p.Name), other.Value.EnumerateObject().Select(p => p.Name));
            Assert.All(split.Value.EnumerateObject(), p => Assert.Equal(p.Value.GetDouble(), other.Value.GetProperty(p.Name).GetDouble(), 1e-9));
        }
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = ToolHost.Run(DecodeCommand.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
