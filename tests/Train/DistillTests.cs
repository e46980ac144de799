using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Train;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>A network that learns another's rates in place of counts.</summary>
public sealed class DistillTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void The_target_is_the_teachers_rates_and_the_input_stays_the_masked_counts()
    {
        SpikeDataset data = LfadsFile.Read(_tiny.Data);
        TrialTensor counts = data.Train.Counts;
        var options = new TrainOptions { DataFile = "" };
        var rates = new TrialTensor(counts.Trials, counts.Bins, counts.Units, Array.ConvertAll(counts.Values, count => (count / 2) + 0.25f));
        var filling = Filling.Of(options.MaskFill, counts);
        TrainingBatches plain = new(counts, options, filling, from: null), distilled = new(counts, options, filling, from: null, taught: rates);
        int length = 3 * counts.Bins * counts.Units;
        float[] input = new float[length], weights = new float[length], weighted = new float[length];
        float[] sameInput = new float[length], sameWeights = new float[length], weightedRates = new float[length];

        plain.Next(1, input, weights, weighted);
        distilled.Next(1, sameInput, sameWeights, weightedRates);

        Assert.Equal(input, sameInput);
        Assert.Equal(weights, sameWeights);
        Assert.All(Enumerable.Range(0, length), i => Assert.Equal((weighted[i] / 2) + (weights[i] * 0.25f), weightedRates[i], 1e-7));
        Assert.Contains(weightedRates, value => value > 0);
    }

    [Fact]
    public void Thinned_spikes_are_predicted_by_the_ratios_share_of_the_teachers_rates()
    {
        TrialTensor counts = LfadsFile.Read(_tiny.Data).Train.Counts;
        var options = new TrainOptions { DataFile = "", Masking = new Masking(MaskMode.Thin, MaskRatio.Fixed(0.4)) };
        var rates = new TrialTensor(counts.Trials, counts.Bins, counts.Units, Array.ConvertAll(counts.Values, _ => 0.75f));
        int length = 3 * counts.Bins * counts.Units;
        float[] input = new float[length], weights = new float[length], weighted = new float[length];

        new TrainingBatches(counts, options, Filling.Of(options.MaskFill, counts), from: null, taught: rates).Next(1, input, weights, weighted);

        Assert.All(Enumerable.Range(0, length), i => Assert.Equal(weights[i] * 0.75f, weighted[i], 1e-8));
    }

    /// <summary>Rates of an ensemble: exp of the mean log-rate of its members, each inferred with nothing hidden.</summary>
    [Fact]
    public void The_teachers_rates_are_inferred_with_nothing_hidden()
    {
        _tiny.Train("teacher", 20, "--ensemble", "2", "--lr", "0.02");
        SpikeDataset data = LfadsFile.Read(_tiny.Data);
        var options = new TrainOptions { DataFile = "", DistilledFrom = _tiny.File("teacher"), RescalesVisible = true };

        TrialTensor rates = Teacher.Of(options, data)!.Rates(options, data.Train, Device.Cpu, threads: 1);

        double[] sum = new double[rates.Values.Length];
        foreach (int member in new[] { 1, 2 })
        {
            Checkpoint checkpoint = _tiny.Best($"teacher/member-{member}");
            int trials = data.Train.Counts.Trials;
            int[] all = [.. Enumerable.Range(0, trials)];
            var input = new float[rates.Values.Length];
            TrialBatch.Gather(data.Train.Counts, all, trials, input);
            var logRates = new TrialTensor(trials, rates.Bins, rates.Units);
            TrialBatch.Scatter(Models.ModelRuns.Evaluate(checkpoint.Model.Build(), checkpoint.Parameters, checkpoint.RunningStatistics, input, trials), trials, logRates, all);
            sum = [.. sum.Zip(logRates.Values, (a, b) => a + b)];
        }

        Assert.All(rates.Values.Zip(sum), pair => Assert.Equal(Math.Exp(pair.Second / 2), pair.First, 1e-5));
    }

    [Fact]
    public void A_student_says_whom_it_learnt_from_and_resumes_bit_for_bit_with_that_teacher_only()
    {
        _tiny.Train("teacher", 30, "--lr", "0.02");
        _tiny.Train("plain", 20, "--seed", "7");
        (int code, _, string error) = _tiny.Train("whole", 20, "--seed", "7", "--distill", _tiny.File("teacher"));
        Assert.True(code == 0, error);
        _tiny.Train("halves", 10, "--seed", "7", "--distill", _tiny.File("teacher"));
        (code, _, error) = _tiny.Resume("halves", 20);
        Assert.True(code == 0, error);

        Assert.NotEqual(_tiny.Last("plain").Parameters, _tiny.Last("whole").Parameters);
        Assert.Equal(_tiny.Last("whole").Parameters, _tiny.Last("halves").Parameters);
        Assert.Contains("teacher", _tiny.Best("whole").Run["distilled_from"], StringComparison.Ordinal);
        Assert.DoesNotContain("distilled_from", _tiny.Best("plain").Run.Keys);

        _tiny.Train("teacher", 31, "--lr", "0.02", "--force");
        (code, _, error) = _tiny.Resume("halves", 30);
        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("distilled_from", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_teachers_trains_them_first_and_goes_on_wherever_it_was_stopped()
    {
        string[] teachers = ["--seed", "7", "--set", "TRAIN.TEACHERS=2"];
        (int code, string output, string error) = _tiny.Train("whole", 20, teachers);
        Assert.True(code == 0, error);
        _tiny.Train("named", 20, "--seed", "7", "--distill", _tiny.File("whole/teachers"));
        _tiny.Train("stopped", 20, teachers);
        foreach (string file in (string[])["last.safetensors", "best.safetensors", "teachers/member-2/last.safetensors", "teachers/member-2/best.safetensors"])
        {
            File.Delete(_tiny.File($"stopped/{file}"));
        }

        (code, _, error) = _tiny.Resume("stopped", 20);

        Assert.True(code == 0, error);
        Assert.Equal(_tiny.Last("named").Parameters, _tiny.Last("whole").Parameters);
        Assert.Equal(_tiny.Last("whole").Parameters, _tiny.Last("stopped").Parameters);
        Assert.NotEqual(_tiny.Last("whole/teachers/member-1").Parameters, _tiny.Last("whole/teachers/member-2").Parameters);
        double own = Seconds("whole/teachers/member-1") + Seconds("whole/teachers/member-2");
        Assert.True(TinyRun.LastLine(output).GetProperty("seconds").GetDouble() > own, "the teachers' seconds count");

        double Seconds(string folder) => RunProgress.FromEntries(folder, _tiny.Last(folder).Run).Progress.Seconds;
    }

    [Fact]
    public void Members_of_an_ensemble_have_no_teachers()
    {
        _tiny.Train("ensemble", 5, "--ensemble", "2", "--set", "TRAIN.TEACHERS=2");

        Assert.DoesNotContain("distilled_from", _tiny.Best("ensemble/member-1").Run.Keys);
        Assert.False(Directory.Exists(_tiny.File("ensemble/member-1/teachers")));
    }

    [Fact]
    public void A_teacher_that_is_none_is_refused()
    {
        (int code, _, string error) = _tiny.Train("run", 5, "--distill", _tiny.File("none"));

        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("none", error, StringComparison.Ordinal);
    }
}
