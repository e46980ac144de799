using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Cli;

public class ToolHostTests
{
    [Fact]
    public void Results_go_to_stdout_messages_to_stderr_and_success_is_zero()
    {
        (int code, string output, string error) = Run(console =>
        {
            console.Info("reading");
            console.Out.WriteLine("42");
            return 0;
        });

        Assert.Equal((0, "42\n", "reading\n"), (code, output, error));
    }

    [Fact]
    public void An_unknown_option_is_one_line_and_exit_code_2()
    {
        (int code, string output, string error) = Run(_ => 0, "--nonsense");

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Equal("error: Unrecognized command or argument '--nonsense'. (see toy --help)\n", error);
    }

    [Theory]
    [InlineData("--set", "TRAIN.LR")]
    [InlineData("--set", "=0.1")]
    [InlineData("--seed", "soon")]
    [InlineData("--required-missing")]
    public void A_wrong_option_value_is_one_line_and_exit_code_2(params string[] args)
    {
        (int code, _, string error) = Run(_ => 0, args);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Equal(1, error.Count(c => c == '\n'));
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_known_problem_is_one_line_with_its_familys_exit_code()
    {
        (int code, string output, string error) = Run(_ => throw new DataFormatException("a.h5", "/train_data", "is missing"));

        Assert.Equal((ExitCode.Data, "", "error: a.h5: /train_data is missing\n"), (code, output, error));
    }

    [Fact]
    public void Verbose_adds_the_stack_of_a_known_problem()
    {
        (int code, _, string error) = Run(_ => throw new CheckpointException("a.st", "", "is truncated"), "--verbose");

        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_one_line_and_exit_code_3()
    {
        (int code, _, string error) = Run(_ =>
        {
            using FileStream file = File.OpenRead("/no/such/file.h5");
            return 0;
        });

        Assert.Equal(ExitCode.Data, code);
        Assert.Contains("/no/such/file.h5", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_is_exit_code_130()
    {
        (int code, _, string error) = Run(_ => throw new TaskCanceledException());

        Assert.Equal((ExitCode.Interrupted, "interrupted\n"), (code, error));
    }

    [Fact]
    public void A_bug_is_exit_code_1_with_its_stack()
    {
        (int code, _, string error) = Run(_ => throw new InvalidOperationException("two heads"));

        Assert.Equal(ExitCode.Bug, code);
        Assert.Contains("two heads", error, StringComparison.Ordinal);
        Assert.Contains("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_cannot_be_loaded_is_a_bug_and_no_file_of_the_users()
    {
        (int code, _, string error) = Run(_ => System.Reflection.Assembly.Load("No.Such, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null").GetHashCode());

        Assert.Equal(ExitCode.Bug, code);
        Assert.Contains("No.Such", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_names_the_tool_its_options_and_the_exit_codes()
    {
        (int code, string output, string error) = Run(_ => 1, "--help");

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Does nothing.", output, StringComparison.Ordinal);
        Assert.Contains("toy [options]", output, StringComparison.Ordinal);
        Assert.Contains("--set <KEY=VALUE>", output, StringComparison.Ordinal);
        Assert.Contains("--device <auto|cpu|cuda[:N]>", output, StringComparison.Ordinal);
        Assert.Contains("130 interrupted", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_is_given_even_where_a_required_option_is_missing()
    {
        var command = new Command("toy") { new Option<string>("--model") { Required = true } };
        var output = new StringWriter();

        Assert.Equal(0, ToolHost.Run(command, ["--help"], output, TextWriter.Null));
        Assert.Contains("--model", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--de", "--device\n")]
    [InlineData("--device c", "cpu\ncuda\n")]
    public void A_tool_alone_completes_its_options_and_their_values(string typed, string expected)
    {
        string line = "toy " + typed;

        (int code, string output, string error) = Run(_ => 1, $"[suggest:{line.Length}]", line);

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(expected, output);
    }

    [Fact]
    public void The_command_that_gathers_the_tools_completes_verbs_and_keeps_one_line_errors()
    {
        var root = new RootCommand("All tools.") { Toy(_ => 0), new Command("infer") };
        var output = new StringWriter();
        var error = new StringWriter();

        int code = ToolHost.Run(root, ["[suggest:15]", "unet-spikes inf"], output, TextWriter.Null);
        int usage = ToolHost.Run(root, ["toy", "--nonsense"], TextWriter.Null, error);

        Assert.Equal((0, "infer\n"), (code, output.ToString()));
        Assert.Equal(ExitCode.Usage, usage);
        Assert.EndsWith(" toy --help)\n", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_are_kept_in_order_with_whatever_follows_the_first_equals_sign()
    {
        Option<KeyValuePair<string, string>[]> set = CommonOptions.Set();
        var command = new Command("toy") { set };

        KeyValuePair<string, string>[]? pairs = command.Parse(["--set", "TRAIN.LR=1e-2", "--set", "name=a=b"]).GetValue(set);

        Assert.Equal([new("TRAIN.LR", "1e-2"), new("name", "a=b")], pairs!);
        Assert.Empty(command.Parse([]).GetValue(set)!);
    }

    private static (int Code, string Output, string Error) Run(Func<ToolConsole, int> action, params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = ToolHost.Run(Toy(action), args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static Command Toy(Func<ToolConsole, int> action)
    {
        Option<bool> quiet = CommonOptions.Quiet();
        Option<bool> verbose = CommonOptions.Verbose();
        var command = new Command("toy", "Does nothing.") { quiet, verbose, CommonOptions.Set(), CommonOptions.Seed(), CommonOptions.Device() };
        command.SetAction(parsed => action(ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), parsed.GetValue(verbose))));
        return command;
    }
}
