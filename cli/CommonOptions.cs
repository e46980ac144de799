using System.CommandLine;
using System.CommandLine.Parsing;

namespace UnetSpikes.Cli;

/// <summary>The options every tool shares, under the same names. A tool adds those it honours and no other.</summary>
public static class CommonOptions
{
    /// <summary>Messages and progress are left out.</summary>
    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No messages or progress; results, warnings and errors only." };

    /// <summary>Details, and the stack of an error.</summary>
    public static Option<bool> Verbose() => new("--verbose", "-v") { Description = "Details, and the stack behind an error." };

    /// <summary>One JSON object as the last line of stdout.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object as the last line of stdout." };

    /// <summary>Outputs that exist are overwritten.</summary>
    public static Option<bool> Force() => new("--force") { Description = "Overwrite outputs that exist." };

    /// <summary>Where computation runs.</summary>
    public static Option<string> Device() => new("--device")
    {
        CompletionSources = { "auto", "cpu", "cuda" },
        Description = "auto, cpu, cuda or cuda:N. cuda fails when CUDA cannot really be used; auto says what it chose.",
        HelpName = "auto|cpu|cuda[:N]",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary>Threads of computation; 0 = as many as the job was given.</summary>
    public static Option<int> Threads() => new("--threads")
    {
        Description = "Threads; 0 takes SLURM_CPUS_PER_TASK, else the cgroup's share, else all cores.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };

    /// <summary>The seed every random stream is derived from.</summary>
    public static Option<ulong> Seed(ulong fallback = 1) => new("--seed")
    {
        Description = "Seed of every random stream.",
        HelpName = "N",
        DefaultValueFactory = _ => fallback,
    };

    /// <summary>Settings given one by one, over the configuration file: <c>--set TRAIN.MASK_RATIO=0.3 --set seed=2</c>.</summary>
    /// <returns>The pairs in the order given; the last of a key wins. Values are text, for the options record to read.</returns>
    public static Option<KeyValuePair<string, string>[]> Set() => new("--set")
    {
        Description = "Override one setting of the configuration; may be repeated.",
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
        CustomParser = result =>
        {
            var pairs = new List<KeyValuePair<string, string>>();
            foreach (Token token in result.Tokens)
            {
                int equals = token.Value.IndexOf('=', StringComparison.Ordinal);
                if (equals <= 0)
                {
                    result.AddError($"--set {token.Value}: expected KEY=VALUE");
                    return null;
                }

                pairs.Add(new(token.Value[..equals].Trim(), token.Value[(equals + 1)..].Trim()));
            }

            return [.. pairs];
        },
    };
}
