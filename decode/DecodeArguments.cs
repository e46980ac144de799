using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Decode.Behavior;
using UnetSpikes.Decode.Benchmark;

namespace UnetSpikes.Decode;

/// <summary>The options of <c>decode</c>: three things that rates can be held against, each with the options that go with it.</summary>
internal sealed class DecodeArguments
{
    public Option<string?> Rates { get; } = new("--rates")
    {
        Description = "Rates that 'infer' wrote, of training and held-out trials. Goes with --targets and --behavior.",
        HelpName = "FILE",
    };

    public Option<double[]> Alphas { get; } = new("--alphas")
    {
        Description = "Ridge penalties to choose from, by cross-validation; 0 = least squares. Default: 1e-4 to 1e4, one per decade.",
        HelpName = "A,B,…",
        CustomParser = result => NumberList.Parse<double>(result, "--alphas", NumberStyles.Float, "number", "0.1,1,10"),
    };

    public Option<int?> Folds { get; } = new("--folds")
    {
        Description = "Contiguous blocks of training trials for choosing the penalty. Default: 5.",
        HelpName = "N",
    };

    public Option<string?> Output { get; } = new("--out")
    {
        Description = "JSON file of the decoders (default: beside the rates, as NAME.decoder.json), or of a submission's scores (default: none).",
        HelpName = "FILE",
    };

    public LatentForm Latents { get; } = new();

    public BehaviorForm Behavior { get; } = new();

    public SubmissionForm Submission { get; } = new();

    /// <summary>All of them, as help lists them.</summary>
    public IEnumerable<Option> All =>
    [
        Rates, Latents.Targets, Latents.Sigma, Behavior.Series, Behavior.History, Behavior.Lags, Behavior.Counts, Alphas, Folds, Submission.Rates, Submission.Target, Submission.Row, Output,
    ];

    /// <summary>Each form: the option that chooses it, what it cannot do without, what it may have.</summary>
    private (Option Key, Option Needs, Option[] May)[] Forms =>
    [
        (Latents.Targets, Rates, [Latents.Sigma, Alphas, Folds]),
        (Behavior.Series, Rates, [Behavior.History, Behavior.Lags, Behavior.Counts, Latents.Sigma, Alphas, Folds]),
        (Submission.Rates, Submission.Target, [Submission.Row]),
    ];

    /// <summary>The option that says what is wanted; refuses none, two, and options that do not go with it.</summary>
    public Option RequireOneForm(ParseResult parsed)
    {
        (Option Key, Option Needs, Option[] May)[] chosen = [.. Forms.Where(form => IsGiven(form.Key))];
        if (chosen.Length != 1)
        {
            throw new UsageException("decode", (chosen.Length == 0 ? "nothing to hold rates against" : "several things to hold rates against")
                + ", expected one of --targets, --behavior and --submission");
        }

        (Option key, Option needs, Option[] may) = chosen[0];
        if (!IsGiven(needs))
        {
            throw new UsageException(needs.Name, $"is missing, {key.Name} needs it");
        }

        IEnumerable<Option> ofForms = Forms.SelectMany(form => form.May.Append(form.Needs));
        return ofForms.Except([needs, .. may]).FirstOrDefault(IsGiven) is { } other
            ? throw new UsageException(other.Name, $"does not go with {key.Name}")
            : key;

        bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };
    }

    /// <summary>How decoders are fitted.</summary>
    /// <exception cref="UsageException">A value makes no sense; all problems in one line.</exception>
    public DecodeOptions ReadOptions(ParseResult parsed)
    {
        var defaults = new DecodeOptions();
        var options = new DecodeOptions
        {
            SmoothSigmaBins = parsed.GetValue(Latents.Sigma),
            Alphas = parsed.GetResult(Alphas) is null ? DecodeOptions.DefaultAlphas : parsed.GetValue(Alphas) ?? [],
            Folds = parsed.GetValue(Folds) ?? defaults.Folds,
            HistoryBins = parsed.GetValue(Behavior.History),
            Lags = parsed.GetValue(Behavior.Lags),
        };
        IReadOnlyList<UsageException> problems = options.Validate();
        return problems.Count switch
        {
            0 => options,
            1 => throw problems[0],
            _ => throw new UsageException("options", string.Join("; ", problems.Select(p => p.Message))),
        };
    }

    /// <summary>Where the result goes: as said, or beside the rates; null = a submission's scores are only printed.</summary>
    public string? ReadOutput(ParseResult parsed, bool isForced)
    {
        string? path = parsed.GetValue(Output) ?? (parsed.GetValue(Rates) is { } rates ? Path.ChangeExtension(rates, ".decoder.json") : null);
        if (path is null)
        {
            return null;
        }

        string?[] inputs = [parsed.GetValue(Rates), parsed.GetValue(Latents.Targets), parsed.GetValue(Behavior.Counts), parsed.GetValue(Submission.Rates), parsed.GetValue(Submission.Target),
            parsed.GetValue(Behavior.Series) is { } behavior ? BehaviorForm.Split(behavior).Path : null];
        return inputs.Any(input => input is not null && Path.GetFullPath(input) == Path.GetFullPath(path)) ? throw new UsageException("--out", $"{path} is an input")
            : File.Exists(path) && !isForced ? throw new UsageException("--out", $"{path} exists; --force overwrites it")
            : path;
    }
}
