using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Infer;
using UnetSpikes.Infer.Files;
using UnetSpikes.Infer.Pipeline;
using Xunit;

namespace UnetSpikes.Tests.Infer;

/// <summary>Many files in one run, runs that go on where another stopped, and runs side by side.</summary>
public sealed class ManyFilesTests : IDisposable
{
    private const double Tolerance = 1e-5; // As in InferCommandTests.

    private readonly TestRecordings _recordings = new();

    public void Dispose() => _recordings.Dispose();

    [Fact]
    public void A_folder_is_done_file_by_file_and_each_gets_its_own_rates()
    {
        for (int i = 0; i < 9; i++)
        {
            WriteInput(i, trials: 1 + (i % 3), bins: 40 + i);
        }

        (int code, string output, string error) = _recordings.Infer(Inputs, "--json", "--batch", "2", "--latents");

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(Enumerable.Range(0, 9).Select(Input), Done(output));
        for (int i = 0; i < 9; i++)
        {
            TrialTensor counts = TestRecordings.Counts(1 + (i % 3), 40 + i, (ulong)i);
            Assert.True(TestRecordings.MaxError(TestRecordings.OneShot(counts), _recordings.Rates($"m{i}/rec")["rates"]) < Tolerance);
            Assert.True(TestRecordings.MaxError(TestRecordings.OneShot(counts, "latents"), _recordings.Rates($"m{i}/rec")["latents"]) < Tolerance);
        }
    }

    [Fact]
    public void Files_that_fail_are_named_at_the_end_and_the_others_are_done()
    {
        for (int i = 0; i < 5; i++)
        {
            WriteInput(i);
        }

        File.WriteAllText(Input(1), "not HDF5");
        TrialTensor negative = TestRecordings.Counts(60, 40);
        negative[59, 7, 2] = -1;
        _recordings.Write("in/m3/rec.h5", 20, null, ("spikes", negative));
        string missing = _recordings.File("in/missing.h5");

        (int code, string output, string error) = TestRecordings.Run(
            "--model", TestRecordings.Pyramid, "--input", Inputs, missing, "--out", _recordings.Out, "--device", "cpu", "--quiet", "--json", "--batch", "2");

        Assert.Equal((ExitCode.Data, ""), (code, error));
        Assert.Equal([Input(0), Input(2), Input(4)], Done(output));
        JsonElement[] failures = [.. TestRecordings.LastLine(output).GetProperty("failures").EnumerateArray()];
        Assert.Equal([Input(1), Input(3), missing], failures.Select(f => f.GetProperty("input").GetString()));
        Assert.All(failures, f => Assert.Equal(ExitCode.Data, f.GetProperty("exit_code").GetInt32()));
        Assert.Contains("negative count, -1, at [59, 7, 2]", failures[1].GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Contains($"{missing}: no such file", output, StringComparison.Ordinal);
        Assert.Equal(3, Outputs().Length);
    }

    [Fact]
    public void The_first_failure_gives_the_exit_code()
    {
        TrialTensor tooMany = TestRecordings.Counts(1, 30);
        tooMany.Values.AsSpan().Fill(1 << 20); // The model answers with infinity.
        _recordings.Write("in/m0/rec.h5", 20, null, ("spikes", tooMany));
        WriteInput(1);
        File.WriteAllText(Input(1), "not HDF5");
        WriteInput(2);

        (int code, string output, _) = _recordings.Infer(Inputs, "--json");

        Assert.Equal(ExitCode.Model, code);
        Assert.Equal([ExitCode.Model, ExitCode.Data], TestRecordings.LastLine(output).GetProperty("failures").EnumerateArray().Select(f => f.GetProperty("exit_code").GetInt32()));
        Assert.Equal([Input(2)], Done(output));
    }

    [Fact]
    public void What_is_finished_is_not_done_again_until_forced()
    {
        WriteInput(0);
        WriteInput(1);
        Assert.Equal(0, _recordings.Infer(Inputs).Code);
        DateTime[] before = [.. Outputs().Select(File.GetLastWriteTimeUtc)];
        WriteInput(2);

        (int code, string output, _) = _recordings.Infer(Inputs, "--json", "--batch", "3", "--window", "100");

        Assert.Equal(0, code);
        Assert.Equal([Input(2)], Done(output));
        Assert.Equal(Outputs()[..2], TestRecordings.LastLine(output).GetProperty("finished").EnumerateArray().Select(f => f.GetString()));
        Assert.Equal(before, Outputs()[..2].Select(File.GetLastWriteTimeUtc));
        Assert.Equal([Input(0), Input(1), Input(2)], Done(_recordings.Infer(Inputs, "--json", "--force").Output));
    }

    [Fact]
    public void A_file_that_was_changed_is_done_again_and_one_that_was_only_touched_is_not()
    {
        WriteInput(0);
        WriteInput(1);
        Assert.Equal(0, _recordings.Infer(Inputs).Code);
        long size = new FileInfo(Input(0)).Length;
        _recordings.Write("in/m0/rec.h5", 20, null, ("spikes", TestRecordings.Counts(2, 40, seed: 99)));
        Assert.Equal(size, new FileInfo(Input(0)).Length);
        File.SetLastWriteTimeUtc(Input(1), DateTime.UtcNow.AddHours(1));

        (int code, string output, _) = _recordings.Infer(Inputs, "--json");

        Assert.Equal(0, code);
        Assert.Equal([Input(0)], Done(output));
        Assert.True(TestRecordings.MaxError(TestRecordings.OneShot(TestRecordings.Counts(2, 40, seed: 99)), _recordings.Rates("m0/rec")["rates"]) < Tolerance);
    }

    [Fact]
    public void Shards_do_every_file_once_and_know_what_others_did()
    {
        for (int i = 0; i < 7; i++)
        {
            WriteInput(i);
        }

        string[][] shares = [.. Enumerable.Range(1, 3).Select(i => Done(_recordings.Infer(Inputs, "--json", "--shard", $"{i}/3").Output))];

        Assert.Equal([3, 2, 2], shares.Select(s => s.Length));
        Assert.Equal(Enumerable.Range(0, 7).Select(Input), shares.SelectMany(s => s).Order(StringComparer.Ordinal));
        Assert.Empty(Done(_recordings.Infer(Inputs, "--json").Output));
    }

    [Fact]
    public void A_share_without_files_is_done_at_once()
    {
        WriteInput(0);

        (int code, string output, _) = _recordings.Infer(Inputs, "--json", "--shard", "2/2");

        Assert.Equal(0, code);
        Assert.Empty(Done(output));
    }

    [Fact]
    public void What_a_killed_process_left_is_cleared_away()
    {
        WriteInput(0);
        WriteInput(1);
        string left = Path.Combine(_recordings.Out, "m0", ".rec.rates.h5.123-0123456789abcdef.part"), locked = Path.Combine(_recordings.Out, "m0", ".rec.rates.h5.lock");
        string other = Path.Combine(_recordings.Out, "m0", ".other.rates.h5.123-0123456789abcdef.part");
        Directory.CreateDirectory(Path.GetDirectoryName(left)!);
        Array.ForEach([left, locked, other], path => File.WriteAllText(path, ""));

        Assert.Equal(0, _recordings.Infer(Inputs).Code);

        Assert.Equal([other, .. Outputs()[..1]], Directory.GetFiles(Path.GetDirectoryName(left)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_that_another_process_is_writing_is_left_to_it()
    {
        WriteInput(0);
        WriteInput(1);
        using OutputClaim claim = OutputClaim.Take(Path.Combine(_recordings.Out, "m0", "rec.rates.h5"));

        (int code, string output, _) = _recordings.Infer(Inputs, "--json");

        Assert.Equal(ExitCode.Data, code);
        Assert.Equal([Input(1)], Done(output));
        Assert.Contains("used by another process", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupted_run_keeps_what_is_finished_and_leaves_no_half_file()
    {
        for (int i = 0; i < 4; i++)
        {
            WriteInput(i, trials: 50);
        }

        using var model = SpikeModel.Open(TestRecordings.Pyramid, "cpu", threads: 1);
        var options = new InferOptions { ModelPath = model.Path, Inputs = [Inputs], OutFolder = _recordings.Out, Batch = 1 };
        using var cancel = new CancellationTokenSource();
        int ended = 0;
        using var pipeline = new FilePipeline(model, options, cancel.Token)
        {
            OnEnd = (_, _) => ended++,
            OnBins = (_, _) =>
            {
                if (ended == 2)
                {
                    cancel.Cancel();
                }
            },
        };

        Assert.Throws<OperationCanceledException>(() => pipeline.Run(FilePlan.FilesOf(options)));
        pipeline.Dispose();

        Assert.Equal(2, ended);
        Assert.Equal(
            [Path.Combine(_recordings.Out, "m0", "rec.rates.h5"), Path.Combine(_recordings.Out, "m1", "rec.rates.h5")],
            Directory.GetFiles(_recordings.Out, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_bug_in_one_stage_ends_the_run_and_is_not_taken_for_a_bad_file()
    {
        WriteInput(0);
        WriteInput(1);
        using var model = SpikeModel.Open(TestRecordings.Pyramid, "cpu", threads: 1);
        var options = new InferOptions { ModelPath = model.Path, Inputs = [Inputs], OutFolder = _recordings.Out };
        using var pipeline = new FilePipeline(model, options, CancellationToken.None) { OnEnd = (_, _) => throw new InvalidOperationException("a bug") };

        Assert.Equal("a bug", Assert.Throws<InvalidOperationException>(() => pipeline.Run(FilePlan.FilesOf(options))).Message);
    }

    [Fact]
    public void One_piece_or_many_give_the_same_numbers()
    {
        WriteInput(0, trials: 9, bins: 200);
        WriteInput(1, trials: 3, bins: 77);
        using var model = SpikeModel.Open(TestRecordings.Pyramid, "cpu", threads: 1);

        TrialTensor[][] written = [.. new[] { 1, 7 }.Select(pieces =>
        {
            var options = new InferOptions { ModelPath = model.Path, Inputs = [Inputs], OutFolder = _recordings.Out, Batch = 2, WindowBins = 50 };
            using var pipeline = new FilePipeline(model, options, CancellationToken.None, pieces) { OnEnd = (job, _) => Assert.Null(job.Failure) };
            pipeline.Run(FilePlan.FilesOf(options));
            return new[] { _recordings.Rates("m0/rec")["rates"], _recordings.Rates("m1/rec")["rates"] };
        })];

        Assert.Equal(written[0].Select(t => t.Values), written[1].Select(t => t.Values));
    }

    private string Inputs => _recordings.File("in");

    private string Input(int i) => _recordings.File($"in/m{i}/rec.h5");

    private string[] Outputs() => [.. Directory.GetFiles(_recordings.Out, "*.rates.h5", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static string[] Done(string output) => [.. TestRecordings.LastLine(output).GetProperty("inputs").EnumerateArray().Select(i => i.GetProperty("input").GetString()!)];

    private void WriteInput(int i, int trials = 2, int bins = 40) => _recordings.Write($"in/m{i}/rec.h5", 20, null, ("spikes", TestRecordings.Counts(trials, bins, (ulong)i)));
}
