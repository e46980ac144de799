using System.CommandLine;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Nlb;

/// <summary>The options of <c>infer --nlb</c>.</summary>
internal sealed class NlbArguments
{
    private readonly Option<bool> _nlb = new("--nlb") { Description = "Make a submission to the Neural Latents Benchmark from one file with its tensors (what 'prep' wrote); --out is a file then." };
    private readonly Option<string?> _dataset = new("--dataset") { Description = "With --nlb: the data set's name, where the file does not say.", HelpName = "NAME" };
    private readonly Option<double?> _smooth = new("--smooth")
    {
        Description = "With --nlb, in a model's place: the baseline, Gaussian smoothing of this width and ridge regression to what is not seen.",
        HelpName = "MS",
    };

    private readonly Option<double?> _alpha = new("--alpha") { Description = "With --smooth: the regression's penalty. Default: chosen on training trials.", HelpName = "X" };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> Options => [_nlb, _dataset, _smooth, _alpha];

    /// <summary>What they say; null where no submission is asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="inputs">What <c>--input</c> names.</param>
    /// <param name="output">What <c>--out</c> names.</param>
    /// <param name="shared">What the other options say.</param>
    /// <exception cref="UsageException">They do not fit each other.</exception>
    public NlbOptions? Read(ParseResult parsed, string[] inputs, string? output, NlbOptions shared)
    {
        if (!parsed.GetValue(_nlb))
        {
            return Options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } idle
                ? throw new UsageException(idle.Name, "is an option of --nlb, expected that too")
                : null;
        }

        return shared with
        {
            Input = inputs is [string only] ? only : throw new UsageException("--input", $"names {inputs.Length} files, expected one with the benchmark's tensors"),
            Output = output ?? throw new UsageException("--out", "is missing, expected the submission's file"),
            Dataset = parsed.GetValue(_dataset),
            SmoothMs = parsed.GetValue(_smooth),
            Alpha = parsed.GetValue(_alpha),
        };
    }
}
