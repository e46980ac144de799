using UnetSpikes.Cli;
using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Infer;

/// <summary>What the tool refuses: one line, its exit code, and no file left.</summary>
public sealed class InferRefusalTests : IDisposable
{
    private readonly TestRecordings _recordings = new();

    public void Dispose() => _recordings.Dispose();

    [Fact]
    public void Another_number_of_units()
    {
        string path = _recordings.Write(new TrialTensor(2, 30, 5));

        Refused(ExitCode.Data, $"{path}: /spikes has 5 units, expected the model's 4", _recordings.Infer(path));
    }

    [Fact]
    public void Held_out_units_beside_held_in_ones_until_one_is_chosen()
    {
        string path = _recordings.Write("rec.h5", 20, null, ("train_spikes_heldin", TestRecordings.Counts(2, 30)), ("train_spikes_heldout", new TrialTensor(2, 30, 2)));

        Refused(
            ExitCode.Data, $"{path}: /train_spikes_heldout has 2 units, expected the model's 4; leave it out with --array train_spikes_heldin", _recordings.Infer(path));
        Assert.Equal(0, _recordings.Infer(path, "--array", "train_spikes_heldin").Code);
        Assert.Equal(["train_rates_heldin"], _recordings.Rates().Keys);
    }

    [Fact]
    public void An_array_that_is_not_there()
    {
        string path = _recordings.Write(TestRecordings.Counts(2, 30));

        Refused(ExitCode.Data, $"{path}: /valid_data is missing, expected one of spikes", _recordings.Infer(path, "--array", "valid_data"));
    }

    [Fact]
    public void Units_the_model_does_not_know_unless_taken_by_position()
    {
        string path = _recordings.Write(TestRecordings.Counts(2, 30), ["a", "b", "c", "x"]);

        Refused(
            ExitCode.Data,
            $"{path}: /unit_ids lacks 1 of the model's 4 units ('d'; --fill-missing shows the model silence in their place), and names 1 that the model was not trained on ('x'; --drop-surplus leaves them out); --units-by-position takes them as they come",
            _recordings.Infer(path));
        Assert.Equal(0, _recordings.Infer(path, "--units-by-position").Code);
    }

    [Fact]
    public void The_same_unit_twice()
    {
        string path = _recordings.Write(TestRecordings.Counts(2, 30), ["a", "b", "c", "a"]);

        Refused(ExitCode.Data, $"{path}: /unit_ids names unit 'a' twice, expected each unit once", _recordings.Infer(path));
    }

    [Fact]
    public void Bins_of_another_width()
    {
        string path = _recordings.Write("rec.h5", 10, null, ("spikes", TestRecordings.Counts(2, 30)));

        Refused(
            ExitCode.Data, $"{path}: /spikes has bins of 10 ms, expected the 20 ms that {TestRecordings.Pyramid} was trained on", _recordings.Infer(path));
        Refused(ExitCode.Usage, $"--bin-ms: is 20, but {path} says that its bins are 10 ms wide", _recordings.Infer(path, "--bin-ms", "20"));
    }

    [Fact]
    public void Bins_of_no_width_until_one_is_given()
    {
        string path = _recordings.Write("rec.h5", null, null, ("spikes", TestRecordings.Counts(2, 30)));

        Refused(
            ExitCode.Data,
            $"{path}: /spikes has no bin width (attribute bin_ms, or /dt in seconds), expected {TestRecordings.Pyramid}'s 20 ms; if that is what it is, say --bin-ms 20",
            _recordings.Infer(path));
        Refused(ExitCode.Data, $"{path}: /spikes has bins of 5 ms, expected the 20 ms that {TestRecordings.Pyramid} was trained on", _recordings.Infer(path, "--bin-ms", "5"));
        Assert.Equal(0, _recordings.Infer(path, "--bin-ms", "20").Code);
    }

    [Fact]
    public void Negative_counts_leave_no_file()
    {
        TrialTensor counts = TestRecordings.Counts(2, 30);
        counts[1, 7, 2] = -1;

        (int code, _, string error) = _recordings.Infer(_recordings.Write(counts));

        Assert.Equal(ExitCode.Data, code);
        Assert.Contains("/spikes has a negative count, -1, at [1, 7, 2]", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_recordings.Out));
    }

    [Fact]
    public void Counts_that_the_model_answers_with_infinity()
    {
        TrialTensor counts = TestRecordings.Counts(1, 30);
        counts.Values.AsSpan().Fill(1 << 20);

        (int code, _, string error) = _recordings.Infer(_recordings.Write(counts));

        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("'rates' gives Infinity for trial 0, bin ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_recordings.Out));
    }

    [Fact]
    public void An_output_of_another_model_or_other_options_or_another_program_unless_forced()
    {
        string path = _recordings.Write(TestRecordings.Counts(2, 30)), output = Path.Combine(_recordings.Out, "rec.rates.h5");
        Assert.Equal(0, _recordings.Infer(path).Code);

        Refused(ExitCode.Usage, $"--out: {output} was made with other options; --force overwrites it, or choose another folder", _recordings.Infer(path, "--latents"));
        (int code, _, string error) = TestRecordings.Run("--model", TestRecordings.Model("flat"), "--input", path, "--out", _recordings.Out, "--quiet");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Matches("rec.rates.h5 was made by another model .SHA-256 [0-9a-f]{8}…, not [0-9a-f]{8}….; --force overwrites it", error);
        File.WriteAllText(output, "mine");
        Refused(ExitCode.Usage, $"--out: {output} exists and is no file of rates that this program wrote; --force overwrites it, or choose another folder", _recordings.Infer(path));
        Assert.Equal("mine", File.ReadAllText(output));
        Assert.Equal(0, _recordings.Infer(path, "--force").Code);
    }

    [Fact]
    public void An_input_that_this_run_would_overwrite()
    {
        string raw = _recordings.Write("out/rec.h5", 20, null, ("spikes", TestRecordings.Counts(1, 9)));
        string odd = _recordings.Write("out/rec.rates.h5", 20, null, ("spikes", TestRecordings.Counts(1, 9)));

        Refused(ExitCode.Usage, $"--input: {odd} would be overwritten by this run's own output; choose another --out", _recordings.Infer(raw, "--input", odd, "--force"));
    }

    [Fact]
    public void An_input_that_is_not_there_or_is_no_hdf5()
    {
        string missing = _recordings.File("missing.h5"), text = _recordings.File("text.h5");
        File.WriteAllText(text, "not HDF5");

        (int code, _, string error) = _recordings.Infer(missing);
        Assert.Equal(ExitCode.Data, code);
        Assert.StartsWith($"error: {missing}: ", error, StringComparison.Ordinal);
        (code, _, error) = _recordings.Infer(text);
        Assert.Equal(ExitCode.Data, code);
        Assert.StartsWith($"error: {text}: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_not_there_or_empty_or_no_onnx_or_not_ours()
    {
        string input = _recordings.Write(TestRecordings.Counts(1, 9));
        string empty = _recordings.File("empty.onnx"), noise = _recordings.File("noise.onnx"), missing = _recordings.File("missing.onnx");
        File.WriteAllText(empty, "");
        File.WriteAllText(noise, "this is no protocol buffer at all");

        Refused(ExitCode.Model, $"{missing}: does not exist, expected a model written by 'export'", With(missing));
        Refused(ExitCode.Model, $"{empty}: is empty, expected an ONNX model", With(empty));
        (int code, _, string error) = With(noise);
        Assert.Equal(ExitCode.Model, code);
        Assert.StartsWith($"error: {noise}: is not an ONNX model, or is damaged: ", error, StringComparison.Ordinal);
        (code, _, error) = With(TestRecordings.Model("other"));
        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("(unet_spikes.* is missing from the model's metadata): it was made by make_fixtures.py, expected a model exported by unet-spikes", error, StringComparison.Ordinal);

        (int Code, string Output, string Error) With(string model) => TestRecordings.Run("--model", model, "--input", input, "--out", _recordings.Out, "--device", "cpu");
    }

    [Fact]
    public void Latents_of_a_model_that_gives_none()
    {
        string input = _recordings.Write(TestRecordings.Counts(1, 9));

        (int code, _, string error) = TestRecordings.Run("--model", TestRecordings.Model("flat"), "--input", input, "--out", _recordings.Out, "--latents", "--device", "cpu");

        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("'latents' is missing", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--batch", "0", "--batch: is 0, expected at least 1")]
    [InlineData("--window", "0", "--window: is 0, expected at least 1 bin")]
    [InlineData("--bin-ms", "-2", "--bin-ms: expected a width above 0")]
    [InlineData("--device", "tpu", "--device: 'tpu' is not a device, expected auto, cpu, cuda or cuda:N")]
    [InlineData("--shard", "0/4", "--shard: is '0/4', expected i/n with i from 1 to n, such as 3/8")]
    [InlineData("--shard", "5/4", "--shard: is '5/4', expected i/n with i from 1 to n, such as 3/8")]
    [InlineData("--shard", "2", "--shard: is '2', expected i/n with i from 1 to n, such as 3/8")]
    [InlineData("--threads", "-1", "--threads: -1 is negative, expected a number of threads, or 0 to find out")]
    public void Options_out_of_range(string option, string value, string problem)
    {
        string path = _recordings.Write(TestRecordings.Counts(1, 9));

        Refused(ExitCode.Usage, problem, TestRecordings.Run("--model", TestRecordings.Pyramid, "--input", path, "--out", _recordings.Out, option, value));
    }

    [Theory]
    [InlineData("--out d", "--input: is missing, expected files, folders or patterns (or --stream)")]
    [InlineData("--input f.h5", "--out: is missing, expected a folder")]
    [InlineData("--input f.h5 --out d --stream", "--stream: takes counts as they come, expected no --input or --out")]
    [InlineData("--input f.h5 --out d --lag 3", "--lag: is for streaming, expected --stream or --listen with it")]
    [InlineData("--listen nowhere", "--listen: is 'nowhere', expected HOST:PORT, such as 127.0.0.1:5555, or port 0 for a free one")]
    [InlineData("--stream --lag 10", "--lag: is 10, expected 0 to 9 bins, the model's receptive field to the right")]
    [InlineData("--stream --total-bins 0", "--total-bins: is 0, expected at least 1")]
    [InlineData("--stream --clients -1", "--clients: is -1, expected a number, or 0 for any")]
    public void Options_that_do_not_go_together(string options, string problem) =>
        Refused(ExitCode.Usage, problem, TestRecordings.Run(["--model", TestRecordings.Pyramid, "--device", "cpu", "--quiet", .. options.Split(' ')]));

    [Fact]
    public void Streaming_with_a_model_of_whole_trials() => Refused(
        ExitCode.Model,
        $"{TestRecordings.Model("whole")}: needs whole trials (its rates depend on all of their bins), expected for streaming a model of a bounded receptive field",
        TestRecordings.Run("--model", TestRecordings.Model("whole"), "--stream", "--device", "cpu"));

    private void Refused(int code, string problem, (int Code, string Output, string Error) run)
    {
        Assert.Equal((code, "", $"error: {problem}\n"), run);
        Assert.Empty(Directory.Exists(_recordings.Out) ? Directory.GetFiles(_recordings.Out, "*.part") : []);
    }
}
