using System.Diagnostics;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Architecture;
using UnetSpikes.Tests.Infer;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Runtime;

/// <summary>The Markdown that is made from a model's metadata.</summary>
[Collection(SpawnsProcesses.Name)]
public class ModelCardTests
{
    private const string Verification =
        """{"atol":1e-5,"data":"312 validation trials of lorenz.h5","cases":[{"abs_log_rates":2e-7,"abs_rates":9},{"abs_log_rates":3e-6,"abs_rates":1}],"r2_before":0.93,"r2_after":0.9300004}""";

    private static readonly ModelMetadata Example = new()
    {
        BinWidthMs = 20,
        UnitIds = [.. Enumerable.Range(0, 29).Select(i => $"unit {i}")],
        Link = RateLink.Log,
        ReceptiveFieldLeft = 42,
        ReceptiveFieldRight = 41,
        MinimumBins = 1,
        BinMultiple = 8,
        TrainingDataHash = "ab12",
        Scores = [new ModelScore("r2_uniform", 0.93, "mean over units"), new ModelScore("bits_per_spike", double.NaN, "n/a")],
        VerificationJson = Verification,
        Commit = "20e216f",
        Licence = "MIT",
        Architecture = "unet layers=3 dim=29 latent=20 upsample=linear",
        CreatedBy = "unet-spikes 0.1.0",
    };

    [Theory]
    [InlineData("license: mit")]
    [InlineData("# lorenz\n")]
    [InlineData("| takes | `spikes`, float32 [trial, bin, 29]: spikes/bin, bins of 20 ms |")]
    [InlineData("[trial, bin, 29]: spikes/bin, times 50 = Hz")]
    [InlineData("| length | any, from 1 bins |")]
    [InlineData("42 bins before it and 41 after (840 ms and 820 ms)")]
    [InlineData("unit 11, … (29 in all)")]
    [InlineData("It looks 820 ms ahead")]
    [InlineData("counts it was trained on: `ab12`")]
    [InlineData("| r2_uniform | 0.9300 | mean over units |")]
    [InlineData("| bits_per_spike | – | n/a |")]
    [InlineData("on 312 validation trials of lorenz.h5, other lengths, silence and absurd counts: 2 cases, log-rates within 3.0E-6 of the checkpoint's; tolerance 1.0E-5")]
    [InlineData("R² of rates: 0.930000 of the checkpoint, 0.930000 of this file.")]
    [InlineData("InferenceSession.create('lorenz.onnx')")]
    [InlineData("np.zeros((1, 100, 29), np.float32)")]
    [InlineData("## Licence\n\nMIT\n")]
    public void It_says(string phrase) => Assert.Contains(phrase, ModelCard.Markdown(Example, "lorenz.onnx"), StringComparison.Ordinal);

    [Fact]
    public void A_model_of_another_programs_training_says_that_its_data_are_not_known() =>
        Assert.Contains("What it was trained on, its checkpoint did not say.", ModelCard.Markdown(Example with { TrainingDataHash = "unknown" }, "m.onnx"), StringComparison.Ordinal);

    [Fact]
    public void A_precision_and_a_decoder_are_said_where_there_are_any()
    {
        string usual = ModelCard.Markdown(Example, "m.onnx");
        string card = ModelCard.Markdown(Example with { Precision = "int8", Decoded = new DecodedOutput(["vx", "v|y"], "m/s", "ridge", "ab", -8, 0, 0.7) }, "m.onnx");

        Assert.Contains("| precision | int8; inputs and outputs are float32 |\n", card, StringComparison.Ordinal);
        Assert.Contains("| decodes | `decoded`, float32 [trial, bin, 2]: vx, v\\|y in m/s, from the rates of bins -8 to 0 around each, by 'ridge' |\n", card, StringComparison.Ordinal);
        Assert.DoesNotContain("| precision |", usual, StringComparison.Ordinal);
        Assert.DoesNotContain("| decodes |", usual, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_whole_trials_that_predicts_what_it_does_not_see_says_so()
    {
        ModelMetadata metadata = Example with { HeldInUnits = 20, ForwardBins = 5, NeedsTrials = true, TrialBins = 50, MinimumBins = 50 };

        string card = ModelCard.Markdown(metadata, "m.onnx");

        Assert.All(
            ["spikes of 20 units, gives the rates of 29 units", "[trial, bin + 5, 29]", "whole trials of 50 bins", "| a rate depends on | its whole trial |", "the last 9 of them: predicted, not seen", "5 behind the last one seen", "needs a trial to its end", "(1, 50, 20)"],
            phrase => Assert.Contains(phrase, card, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_not_known_is_said_to_be_not_known()
    {
        string card = ModelCard.Markdown(Example with { Scores = [], VerificationJson = "{}", Licence = "NOASSERTION" }, "m.onnx");

        Assert.All(["license: other", "The model carries no scores.", "None: whether the model equals", "Not said by who exported it."], phrase => Assert.Contains(phrase, card, StringComparison.Ordinal));
    }

    [Fact]
    public void Anothers_words_stay_in_their_cell()
    {
        ModelMetadata metadata = Example with { Architecture = "a | b\n| c | <script>", TrainingDataHash = "`x`\n# title", Licence = "MIT\n---\nmalicious: true", UnitIds = ["a|b"] };

        string card = ModelCard.Markdown(metadata, "a'\");drop`.onnx");

        Assert.Contains("| architecture | a \\| b \\| c \\| &lt;script> |\n", card, StringComparison.Ordinal);
        Assert.Contains("license: mit --- malicious: true\n", card, StringComparison.Ordinal);
        Assert.DoesNotContain("\n# title", card, StringComparison.Ordinal);
        Assert.Contains("create('a);drop.onnx')", card, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_that_is_not_as_expected_is_no_reason_to_fail()
    {
        ModelMetadata metadata = Example with { VerificationJson = """{"cases":[{"abs_log_rates":"small"}],"atol":"none","data":7}""" };

        Assert.Equal((1, double.NaN, "counts not described"), (VerificationSummary.Of(metadata)!.Cases, VerificationSummary.Of(metadata)!.Largest, VerificationSummary.Of(metadata)!.Data));
        Assert.Null(VerificationSummary.Of(Example with { VerificationJson = """{"cases":[]}""" }));
    }

    [SkippableFact]
    public void The_program_for_Node_in_the_card_runs()
    {
        string model = TestRecordings.Pyramid;
        using OnnxSession session = new(File.ReadAllBytes(model), Fixtures.Quiet);
        string card = ModelCard.Markdown(ModelMetadata.FromDictionary(model, session.Metadata), Path.GetFileName(model));
        string program = card.Split("```js\n")[1].Split("```")[0].Replace("pyramid.onnx", model, StringComparison.Ordinal);

        string printed = Node(program);

        Assert.Matches(@"\[ 1, 100, 4 \]", printed);
    }

    /// <summary>Runs a module as if it stood in the root, where its packages are.</summary>
    private static string Node(string program)
    {
        Skip.IfNot(Directory.Exists(Path.Combine(SourceTree.Root, "node_modules", "onnxruntime-node")), "npm's onnxruntime-node is not installed (npm ci)");
        var start = new ProcessStartInfo("node", ["--input-type=module"])
        {
            WorkingDirectory = SourceTree.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process node = Process.Start(start)!;
            node.StandardInput.Write(program);
            node.StandardInput.Close();
            Task<string> errors = node.StandardError.ReadToEndAsync();
            string output = node.StandardOutput.ReadToEnd();
            node.WaitForExit();
            Assert.True(node.ExitCode == 0, errors.GetAwaiter().GetResult());
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new SkipException("node is not installed");
        }
    }
}
