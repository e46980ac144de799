using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Regression;

namespace UnetSpikes.Decode.Behavior;

/// <summary>One decoder, fitted on training trials and scored on held-out ones.</summary>
/// <param name="Features">What it sees: "rates", "raw counts", "smoothed counts".</param>
/// <param name="SigmaBins">Width of the smoothing in bins; null where nothing was smoothed.</param>
/// <param name="Name">Such as "ridge, 8 bins of history".</param>
/// <param name="Lags">The bins it sees.</param>
/// <param name="Fit">The decoder, and how its penalty was chosen.</param>
/// <param name="Scores">On held-out trials.</param>
/// <param name="Chance">What shifted trials score.</param>
/// <param name="Seconds">What all that took.</param>
public sealed record DecodedBehavior(
    string Features, double? SigmaBins, string Name, LagRange Lags, RidgeFit Fit, DecodingScores Scores, ChanceLevel Chance, double Seconds);

/// <summary>Decodes behaviour from rates, and from counts beside them, with every decoder asked for, on the same bins.</summary>
public static class BehaviorRun
{
    /// <summary>Fits and scores: ridge on the bin itself, ridge with history, Wiener filter; from rates, then from raw and from smoothed counts where there are some.</summary>
    /// <param name="inputs">Trials of both halves.</param>
    /// <param name="options">Valid options.</param>
    /// <param name="console">For messages.</param>
    /// <param name="cancel">Looked at before every fit.</param>
    /// <exception cref="UsageException">There are fewer training trials than folds, or trials are shorter than the lags reach.</exception>
    /// <exception cref="DataFormatException">No bin is left to fit on, or to judge on.</exception>
    public static IReadOnlyList<DecodedBehavior> Run(BehaviorInputs inputs, DecodeOptions options, ToolConsole console, CancellationToken cancel)
    {
        List<(string Name, LagRange Lags)> decoders = Decoders(options);
        var reach = new LagRange(decoders.Min(d => Math.Min(0, d.Lags.First)), decoders.Max(d => Math.Max(0, d.Lags.Last)));
        Check(inputs, options, reach);
        int[] train = Rows(inputs, inputs.Train, inputs.Counts?.Train, reach, "training", console);
        int[] heldOut = Rows(inputs, inputs.HeldOut, inputs.Counts?.HeldOut, reach, "held-out", console);
        Range[] folds = Folds(train, inputs.Train.Rates, options.Folds);
        List<DecodedBehavior> rows = DecodeFrom("rates", null, inputs.Train.Rates, inputs.HeldOut.Rates);
        if (inputs.Counts is { } counts)
        {
            rows.AddRange(DecodeFrom("raw counts", null, counts.Train, counts.HeldOut));
            double sigma = options.SmoothSigmaBins ?? SmoothingWidth.Choose(counts.Train, smoothed => Fit(smoothed, LagRange.SameBin).BestCvR2, console, cancel);
            rows.AddRange(DecodeFrom("smoothed counts", sigma, GaussianSmoothing.Smooth(counts.Train, sigma), GaussianSmoothing.Smooth(counts.HeldOut, sigma)));
        }

        return rows;

        RidgeFit Fit(TrialTensor features, LagRange lags) =>
            RidgeFit.CrossValidated((inputs.Train with { Rates = features }).Features(lags, train), inputs.Train.Targets(train), options.Alphas, folds);

        List<DecodedBehavior> DecodeFrom(string name, double? sigma, TrialTensor trainFeatures, TrialTensor heldOutFeatures) => [.. decoders.Select(decoder =>
        {
            cancel.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            RidgeFit fit = Fit(trainFeatures, decoder.Lags);
            double[] predicted = fit.Decoder.Predict((inputs.HeldOut with { Rates = heldOutFeatures }).Features(decoder.Lags, heldOut));
            TrialTensor behavior = inputs.HeldOut.Behavior;
            var scores = DecodingScores.Of(inputs.HeldOut.Targets(heldOut).ToArray(), predicted, behavior.Units);
            var chance = ChanceLevel.Of(Scatter(predicted, heldOut, behavior), behavior);
            return new DecodedBehavior(name, sigma, decoder.Name, decoder.Lags, fit, scores, chance, Stopwatch.GetElapsedTime(start).TotalSeconds);
        })];
    }

    private static List<(string Name, LagRange Lags)> Decoders(DecodeOptions options)
    {
        var decoders = new List<(string Name, LagRange Lags)> { ("ridge, same bin", LagRange.SameBin) };
        if (options.HistoryBins is { } history)
        {
            decoders.Add((string.Create(CultureInfo.InvariantCulture, $"ridge, {history} bins of history"), new LagRange(-history, 0)));
        }

        if (options.Lags is { } lags)
        {
            decoders.Add(($"Wiener filter, lags {lags}", lags));
        }

        return decoders;
    }

    private static void Check(BehaviorInputs inputs, DecodeOptions options, LagRange reach)
    {
        if (options.Folds > inputs.Train.Rates.Trials)
        {
            throw new UsageException("--folds", string.Create(
                CultureInfo.InvariantCulture, $"is {options.Folds}, but {inputs.BehaviorPath} has {inputs.Train.Rates.Trials} training trials"));
        }

        if (reach.Count > inputs.Train.Rates.Bins || reach.Count > inputs.HeldOut.Rates.Bins)
        {
            throw new UsageException(
                options.Lags is null ? "--history" : "--lags",
                string.Create(CultureInfo.InvariantCulture, $"bins {reach} are {reach.Count}, expected no more than the {inputs.Train.Rates.Bins} of a trial"));
        }
    }

    /// <summary>The rows in which everything that is decoded from is known, so that all rows of the table are judged on the same.</summary>
    private static int[] Rows(BehaviorInputs inputs, BehaviorTrials trials, TrialTensor? counts, LagRange reach, string half, ToolConsole console)
    {
        int[] rows = trials.Rows(reach);
        rows = counts is null ? rows : [.. rows.Intersect((trials with { Rates = counts }).Rows(reach))];
        int all = trials.Rates.Trials * trials.Rates.Bins;
        if (rows.Length < all)
        {
            console.Info(string.Create(CultureInfo.InvariantCulture, $"{all - rows.Length} of {all} {half} bins are left out: behaviour or rates are not known there, or the lags leave the trial"));
        }

        return rows.Length >= 2
            ? rows
            : throw new DataFormatException(inputs.BehaviorPath, "", $"leaves {rows.Length} {half} bins in which both behaviour and rates are known, expected some");
    }

    /// <summary>Contiguous blocks of trials, as ranges of the rows that are used.</summary>
    private static Range[] Folds(int[] rows, TrialTensor rates, int folds)
    {
        return [.. RidgeFit.FoldsOfTrials(rates.Trials, rates.Bins, folds).Select(block => Place(block.Start.Value)..Place(block.End.Value))];

        int Place(int row)
        {
            int found = Array.BinarySearch(rows, row);
            return found < 0 ? ~found : found;
        }
    }

    /// <summary>[trial, bin, column] of predictions, NaN in rows that were not decoded.</summary>
    private static TrialTensor Scatter(double[] predicted, int[] rows, TrialTensor like)
    {
        var all = new TrialTensor(like.Trials, like.Bins, like.Units);
        Array.Fill(all.Values, float.NaN);
        for (int i = 0; i < predicted.Length; i++)
        {
            all.Values[(rows[i / like.Units] * like.Units) + (i % like.Units)] = (float)predicted[i];
        }

        return all;
    }
}
