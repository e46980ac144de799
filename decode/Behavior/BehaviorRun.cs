using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Regression;

namespace UnetSpikes.Decode.Behavior;

/// <summary>One decoder, fitted on training trials and scored on held-out ones.</summary>
/// <param name="Name">Such as "ridge, 8 bins of history".</param>
/// <param name="Lags">The bins of rates it sees.</param>
/// <param name="Fit">The decoder, and how its penalty was chosen.</param>
/// <param name="Scores">On held-out trials.</param>
/// <param name="Chance">What shifted trials score.</param>
/// <param name="Seconds">What all that took.</param>
public sealed record DecodedBehavior(string Name, LagRange Lags, RidgeFit Fit, DecodingScores Scores, ChanceLevel Chance, double Seconds);

/// <summary>Decodes behaviour from rates with every decoder asked for, on the same bins.</summary>
public static class BehaviorRun
{
    /// <summary>Fits and scores: ridge on the bin itself, ridge with history, Wiener filter.</summary>
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
        int[] train = Rows(inputs, inputs.Train, reach, "training", console), heldOut = Rows(inputs, inputs.HeldOut, reach, "held-out", console);
        Range[] folds = Folds(train, inputs.Train.Rates, options.Folds);
        return [.. decoders.Select(decoder =>
        {
            cancel.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            RidgeFit fit = RidgeFit.CrossValidated(inputs.Train.Features(decoder.Lags, train), inputs.Train.Targets(train), options.Alphas, folds);
            double[] predicted = fit.Decoder.Predict(inputs.HeldOut.Features(decoder.Lags, heldOut));
            int columns = inputs.HeldOut.Behavior.Units;
            var scores = DecodingScores.Of(inputs.HeldOut.Targets(heldOut).ToArray(), predicted, columns);
            var chance = ChanceLevel.Of(Scatter(predicted, heldOut, inputs.HeldOut.Behavior), inputs.HeldOut.Behavior);
            return new DecodedBehavior(decoder.Name, decoder.Lags, fit, scores, chance, Stopwatch.GetElapsedTime(start).TotalSeconds);
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

    private static int[] Rows(BehaviorInputs inputs, BehaviorTrials trials, LagRange reach, string half, ToolConsole console)
    {
        int[] rows = trials.Rows(reach);
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
