using UnetSpikes.Cli;
using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using UnetSpikes.Prep;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Prep;

public sealed class PrepCommandTests : IDisposable
{
    private static readonly string Sessions = Path.GetDirectoryName(TestFiles.Golden(Path.Combine("..", "nlb", "synth", "mc_maze_expected.h5")))!;
    private static readonly string Oddities = TestFiles.Golden(Path.Combine("..", "nwb", "oddities.nwb"));

    private readonly TemporaryFolder _folder = new();

    private string Out => _folder.File("out.h5");

    private static string MazeTrain => Directory.GetFiles(Path.Combine(Sessions, "mc_maze"), "*train*").Single();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_benchmarks_tensors_are_listed_and_written()
    {
        (int code, string output, string error) = Run("--data-root", Path.Combine(Sessions, "mc_rtt"), "--dataset", "mc_rtt", "--bin", "20", "--out", Out);

        Assert.Equal((0, ""), (code, ErrorsOf(error)));
        Assert.Contains("/mc_rtt_20/eval_spikes_heldin_forward", output, StringComparison.Ordinal);
        Assert.Contains("led has samples off the grid of 1 ms", error, StringComparison.Ordinal);
        using Hdf5File file = Hdf5File.OpenRead(Out);
        Assert.Equal(("mc_rtt", 20.0, "val"), (file.ReadTextAttribute("/", "dataset"), file.ReadNumberAttribute("/", "bin_ms"), file.ReadTextAttribute("/", "phase")));
        Assert.Equal(file.Dataset("/train_spikes_heldin").Shape[2] + file.Dataset("/train_spikes_heldout").Shape[2], file.Dataset("/unit_ids").Count);
    }

    [Fact]
    public void The_test_phase_has_no_target()
    {
        (int code, _, _) = Run("--data-root", Path.Combine(Sessions, "mc_maze"), "--dataset", "mc_maze", "--phase", "test", "--out", Out);

        using Hdf5File file = Hdf5File.OpenRead(Out);
        Assert.Equal(0, code);
        Assert.DoesNotContain("mc_maze", file.Keys());
        Assert.DoesNotContain("eval_spikes_heldout", file.Keys());
    }

    [Fact]
    public void Windows_around_an_event_are_the_benchmarks_where_they_are_the_same()
    {
        _ = Run("--data-root", MazeTrain, "--dataset", "mc_maze", "--out", _folder.File("nlb.h5"));
        (int code, _, string error) = Run(
            "--data-root", MazeTrain, "--align", "move_onset_time", "--window", "-250,450", "--behavior", "hand_vel", "--lag", "100", "--out", Out);

        Assert.Equal((0, ""), (code, ErrorsOf(error)));
        using Hdf5File nlb = Hdf5File.OpenRead(_folder.File("nlb.h5")), ours = Hdf5File.OpenRead(Out);
        Hdf5Dataset heldIn = nlb.Dataset("/train_spikes_heldin"), all = ours.Dataset("/train_data");
        Assert.Equal((heldIn.Shape[0], heldIn.Shape[1]), (all.Shape[0], all.Shape[1]));
        string[] ids = ours.Dataset("/unit_ids").ReadStrings(), heldInIds = nlb.Dataset("/unit_ids").ReadStrings();
        float[] a = heldIn.Read<float>(), b = all.Read<float>();
        int units = (int)heldIn.Shape[2], width = ids.Length;
        for (int row = 0; row < a.Length / units; row++)
        {
            for (int unit = 0; unit < units; unit++)
            {
                Assert.Equal(a[(row * units) + unit], b[(row * width) + Array.IndexOf(ids, heldInIds[unit])]);
            }
        }

        Assert.Equal(nlb.Dataset("/train_behavior").Read<float>(), ours.Dataset("/train_behavior").Read<float>());
    }

    [Fact]
    public void Pieces_that_reach_into_a_gap_are_left_out()
    {
        (int code, _, string error) = Run("--data-root", Oddities, "--chop", "200", "--bin", "10", "--valid", "0.25", "--out", Out);

        Assert.Equal(0, code);
        Assert.Contains("6 windows were not recorded whole", error, StringComparison.Ordinal); // 2.0 to 3.001 s of 4 s
        using CountsSource source = CountsSource.Open(Out);
        Assert.Equal([("train_data", 10), ("valid_data", 4)], source.Arrays.Select(array => (array.Name, array.Trials)).Order());
        Assert.Equal(["3", "1", "7"], source.UnitIds!);
    }

    [Fact]
    public void What_is_there_is_not_overwritten_unless_forced()
    {
        File.WriteAllText(Out, "mine");
        string[] chop = ["--data-root", Oddities, "--chop", "200", "--bin", "10", "--out", Out];

        Assert.Equal((2, $"error: --out: {Out} exists; --force overwrites it"), Refusal(chop));
        Assert.Equal("mine", File.ReadAllText(Out));
        Assert.Equal(0, Run([.. chop, "--force"]).Code);
    }

    [Theory]
    [InlineData("--chop 0", 2, "--chop: is 0, expected milliseconds of at least a bin")]
    [InlineData("--dataset mc_maze --bin 10", 2, "--bin: is 10, expected 5 or 20, the benchmark's")]
    [InlineData("--dataset maze", 2, "--dataset: is maze, expected one of mc_maze, mc_maze_large,")]
    [InlineData("--dataset mc_rtt --phase eval", 2, "--phase: is eval, expected val or test")]
    [InlineData("--align go_time", 2, "--window: expected two moments in milliseconds")]
    [InlineData("--align go_time --window 10,0", 2, "--window: expected two moments in milliseconds")]
    [InlineData("--align stop --window 0,100", 3, "/intervals/trials/stop is missing, expected one of start_time, stop_time, go_time")]
    [InlineData("--align kind --window 0,100", 3, "/intervals/trials/kind is no column of one number a row")]
    [InlineData("--chop 200 --behavior arm", 3, "arm is no series of this recording, expected one of Position_hand, empty, lick")]
    [InlineData("--dataset mc_maze", 3, "hand_vel is missing, expected the behaviour of mc_maze")]
    [InlineData("--chop 200 --format tape", 2, "--format: is tape, expected one of hdf5, nwb")]
    [InlineData("", 2, "prep: expected one of --dataset NAME, --align COLUMN with --window A,B, or --chop MS")]
    public void Wrong_options_and_files_are_one_line(string options, int code, string problem)
    {
        (int found, string line) = Refusal(["--data-root", Oddities, "--out", Out, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(code, found);
        Assert.Contains(problem, line, StringComparison.Ordinal);
        Assert.False(File.Exists(Out));
    }

    [Fact]
    public void A_folder_without_recordings_is_one_line() =>
        Assert.Equal((3, $"error: {_folder.Path}: holds no .nwb files"), Refusal(["--data-root", _folder.Path, "--dataset", "mc_maze", "--out", Out]));

    private static (int Code, string Line) Refusal(string[] args)
    {
        (int code, _, string error) = Run(args);
        return (code, ErrorsOf(error));
    }

    private static string ErrorsOf(string error) => string.Join('\n', error.Split('\n').Where(line => line.StartsWith("error", StringComparison.Ordinal)));

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(PrepCommand.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
