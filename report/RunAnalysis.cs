using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Models.Runs;

namespace UnetSpikes.Report;

/// <summary>From a run and its data to what the page shows of it: everything is computed anew from the kept weights.</summary>
public static class RunAnalysis
{
    private const int MostTrialsInside = 3;
    private const int MostChannels = 64;

    /// <summary>Analyses a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="options">What to show.</param>
    /// <param name="runs">Runs that share the page.</param>
    /// <param name="cancel">Looked at before every batch.</param>
    public static RunContent Of(TrainedRun run, ReportOptions options, int runs, CancellationToken cancel)
    {
        SpikeSplit valid = run.Dataset.Valid;
        var part = ShownPart.Of(valid.Counts, options, runs);
        using var network = new ProbedNetwork(run.Checkpoint, valid.Counts.Trials, valid.Counts.Bins, options.Threads);
        TrialTensor logRates = network.LogRates(valid.Counts, null, cancel);
        TrialTensor rates = Rates.Exp(logRates);
        ObservedPart seen = run.Dataset.Observed;
        RateScores? scores = valid.Rates is TrialTensor truth ? RateScores.Compute(seen.Of(truth), seen.Of(rates)) : null;
        cancel.ThrowIfCancellationRequested();
        var baseline = SmoothingBaseline.Of(run.Dataset);
        TrialTensor smoothed = GaussianSmoothing.Smooth(valid.Counts, baseline.SigmaBins);
        return new RunContent
        {
            Name = run.Name,
            Facts = RunFacts.Of(run),
            Config = run.Config.Keys.ToDictionary(key => key, key => string.Join(", ", run.Config.GetList(key) ?? [])),
            Scores = Scores(run, scores, baseline),
            SmoothingSigmaBins = baseline.SigmaBins,
            BinMs = run.BinWidthMs,
            History = run.History,
            KeptStep = run.Checkpoint.Step,
            Units = Units(run, scores, baseline),
            Trials = new TrialContent(
                part.Limits(valid.Counts),
                [.. part.Trials.Select(trial => valid.TrialIds[trial])],
                part.Trials,
                part.Units,
                part.FirstUnits,
                PackedArray.Counts(part.Of(valid.Counts).WithZerosForGaps()),
                PackedArray.Halves(part.Of(rates)),
                PackedArray.Halves(part.Of(smoothed)),
                valid.Rates is null ? null : PackedArray.Halves(part.Of(valid.Rates))),
            Latents = Latents(LatentTrajectories.Of(network, run.Dataset, logRates, cancel), part),
            Batch = Batch(run, part),
            Levels = Levels(network, run, part, logRates, smoothed, cancel),
        };
    }

    private static List<Score> Scores(TrainedRun run, RateScores? network, SmoothingBaseline baseline)
    {
        // The likelihood of hidden entries is training's: its folds are drawn there. Both places that recorded it say the same.
        double bits = run.KeptValidation?.BitsPerSpike ?? run.Scores.GetValueOrDefault("bits_per_spike", double.NaN);
        List<Score> scores =
        [
            new("bits per spike", bits, baseline.BitsPerSpike, PoissonLikelihood.HiddenBitsPerSpikeDefinition + "; smoothing: each bin predicted from the other bins of its trial"),
        ];
        if (network is not null)
        {
            scores.Insert(0, new("R2 of rates, mean over units", network.R2Uniform, baseline.Rates?.R2Uniform ?? double.NaN, RateScores.UniformDefinition));
            scores.Insert(1, new("R2 of rates, pooled", network.R2Pooled, baseline.Rates?.R2Pooled ?? double.NaN, RateScores.PooledDefinition));
            scores.Insert(2, new("R2 of rates, median unit", network.R2Median, baseline.Rates?.R2Median ?? double.NaN, RateScores.MedianDefinition));
        }

        return scores;
    }

    private static UnitScore[] Units(TrainedRun run, RateScores? network, SmoothingBaseline baseline)
    {
        double perSecond = run.BinWidthMs is double width ? 1000 / width : 1;
        double[] mean = PoissonLikelihood.MeanRates(run.Dataset.Valid.Counts);
        return [.. mean.Select((rate, u) => new UnitScore(
            run.Dataset.UnitIds[u], rate * perSecond, OfUnit(network, u), OfUnit(baseline.Rates, u)))];

        // Scores are of what the network sees.
        static double OfUnit(RateScores? scores, int unit) => scores is not null && unit < scores.PerUnit.Length ? scores.PerUnit[unit] : double.NaN;
    }

    private static LatentContent Latents(LatentTrajectories latents, ShownPart part) => new(
        latents.Kind,
        latents.Method,
        latents.Axes,
        latents.R2,
        PackedArray.Halves(part.BinsOf(latents.Inferred)),
        latents.Truth is null ? null : PackedArray.Halves(part.BinsOf(latents.Truth)));

    private static BatchContent? Batch(TrainedRun run, ShownPart part)
    {
        if (BatchSample.Read(run.Files.Batch) is not (BatchSample sample, long step))
        {
            return null;
        }

        if (sample.Counts.Units != run.Dataset.Valid.Counts.Units)
        {
            throw new CheckpointException(run.Files.Batch, "counts", $"is {sample.Counts}, expected {run.Dataset.Valid.Counts.Units} units as the data have");
        }

        return new BatchContent(
            step,
            sample.Mask.Values.Average(m => (double)m),
            PackedArray.Counts(part.UnitsOf(sample.Counts)),
            PackedArray.Counts(part.UnitsOf(sample.Mask)),
            PackedArray.Halves(part.UnitsOf(sample.Input)));
    }

    private static LevelContent Levels(ProbedNetwork network, TrainedRun run, ShownPart part, TrialTensor logRates, TrialTensor smoothed, CancellationToken cancel)
    {
        SpikeSplit valid = run.Dataset.Valid;
        var ablations = LevelAblations.Of(network, valid.Counts, valid.Rates, logRates, part.Trials[0], cancel);
        IReadOnlyList<TrialTensor> inside = network.Activations(valid.Counts, [.. part.Trials.Take(MostTrialsInside)]);
        (long before, long after) = StaticPass.Padding(valid.Counts.Bins, run.Checkpoint.Model.Build().BinMultiple);
        return new LevelContent(
            ablations.Rows,
            PackedArray.Halves(part.UnitsOf(ablations.LogRates)),
            valid.Rates is null ? double.NaN : Roughness.Of(Rates.Log(valid.Rates)),
            Roughness.Of(Rates.Log(smoothed)),
            [.. network.Probes.Zip(inside, (probe, values) =>
            {
                int stride = probe.Bins > 1 ? (int)(valid.Counts.Bins + before + after - 1) / (probe.Bins - 1) : 1;
                return new LevelActivation(probe.Name, probe.Channels, stride, (int)before, PackedArray.Picture(First(values, MostChannels, 1 + ((part.Bins - 1 + (int)before) / stride))));
            })]);
    }

    private static TrialTensor First(TrialTensor all, int channels, int bins)
    {
        var first = new TrialTensor(all.Trials, Math.Min(bins + 1, all.Bins), Math.Min(channels, all.Units));
        for (int trial = 0; trial < first.Trials; trial++)
        {
            for (int bin = 0; bin < first.Bins; bin++)
            {
                all.Trial(trial).Slice(bin * all.Units, first.Units).CopyTo(first.Trial(trial)[(bin * first.Units)..]);
            }
        }

        return first;
    }
}
