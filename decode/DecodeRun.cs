using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Regression;

namespace UnetSpikes.Decode;

/// <summary>One way to decode, fitted on training trials and scored on validation trials.</summary>
/// <param name="Features">What was decoded from: "raw counts", "smoothed counts", "rates", "log-rates".</param>
/// <param name="Unit">The features' unit of measure.</param>
/// <param name="SigmaBins">Width of the smoothing in bins; null where nothing was smoothed.</param>
/// <param name="Fit">The decoder, and how its penalty was chosen.</param>
/// <param name="Scores">R² of each target dimension on validation trials, and their mean (<see cref="RateScores.R2Uniform"/>).</param>
/// <param name="Seconds">What fitting and scoring took, the choice of a width included.</param>
public sealed record DecodedFeatures(string Features, string Unit, double? SigmaBins, RidgeFit Fit, RateScores Scores, double Seconds);

/// <summary>Decodes targets from raw counts, smoothed counts and a model's rates, one after the other, on equal terms.</summary>
public static class DecodeRun
{
    /// <summary>Rates below this many spikes per bin are taken as this before their logarithm: lower ones are noise that would dominate it.</summary>
    public const double LowestRate = 1e-4;

    private const string PerBin = "spikes per bin";

    /// <summary>Fits and scores every way to decode.</summary>
    /// <param name="inputs">Trials of both halves.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="console">For messages.</param>
    /// <param name="cancel">Looked at before every fit.</param>
    /// <returns>In the order raw counts, smoothed counts, rates, log-rates.</returns>
    /// <exception cref="UsageException">There are fewer training trials than folds.</exception>
    public static IReadOnlyList<DecodedFeatures> Run(DecodeInputs inputs, DecodeOptions options, ToolConsole console, CancellationToken cancel)
    {
        (DecodeTrials train, DecodeTrials valid) = (inputs.Train, inputs.Valid);
        if (options.Folds > train.Targets.Trials)
        {
            throw new UsageException("--folds", string.Create(
                CultureInfo.InvariantCulture, $"is {options.Folds}, but {inputs.TargetsPath} has {train.Targets.Trials} training trials"));
        }

        long start = Stopwatch.GetTimestamp();
        double sigma = options.SmoothSigmaBins
            ?? SmoothingWidth.Choose(train.Counts, smoothed => RidgeFit.CrossValidated(smoothed, train.Targets, options.Alphas, options.Folds).BestCvR2, console, cancel);
        double choosing = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return
        [
            Decode("raw counts", PerBin, null, trials => trials.Counts),
            WithMoreTime(Decode("smoothed counts", PerBin, sigma, trials => GaussianSmoothing.Smooth(trials.Counts, sigma)), choosing),
            Decode("rates", PerBin, null, trials => trials.Rates),
            Decode("log-rates", "ln(spikes per bin)", null, trials => LogRates(trials.Rates)),
        ];

        DecodedFeatures Decode(string name, string unit, double? width, Func<DecodeTrials, TrialTensor> features)
        {
            cancel.ThrowIfCancellationRequested();
            long started = Stopwatch.GetTimestamp();
            RidgeFit fit = RidgeFit.CrossValidated(features(train), train.Targets, options.Alphas, options.Folds);
            RateScores scores = Score(fit.Decoder, features(valid), valid.Targets);
            if (fit.RowsLeftOut > 0)
            {
                console.Warn($"{name}: {fit.RowsLeftOut} of {fit.Rows + fit.RowsLeftOut} training bins are not known and were left out");
            }

            return new DecodedFeatures(name, unit, width, fit, scores, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
    }

    /// <summary>Scores on the bins whose features are all known, as the decoder was fitted.</summary>
    private static RateScores Score(RidgeDecoder decoder, TrialTensor features, TrialTensor targets)
    {
        TrialTensor predicted = decoder.Predict(features);
        float[] known = [.. targets.Values];
        for (int i = 0; i < known.Length; i++)
        {
            known[i] = float.IsNaN(predicted.Values[i]) ? float.NaN : known[i];
        }

        return RateScores.Compute(new TrialTensor(targets.Trials, targets.Bins, targets.Units, known), predicted);
    }

    private static TrialTensor LogRates(TrialTensor rates) => new(
        rates.Trials, rates.Bins, rates.Units, [.. rates.Values.Select(rate => (float)Math.Log(Math.Max(rate, LowestRate)))]);

    private static DecodedFeatures WithMoreTime(DecodedFeatures row, double seconds) => row with { Seconds = row.Seconds + seconds };
}
