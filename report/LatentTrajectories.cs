using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Regression;

namespace UnetSpikes.Report;

/// <summary>Low-dimensional trajectories behind the rates of the validation trials: decoded where true latents are known, else principal components.</summary>
/// <param name="Kind">"ridge" or "pca".</param>
/// <param name="Method">What was done, in a sentence for the page.</param>
/// <param name="Axes">A name for each dimension.</param>
/// <param name="Inferred">From the network's log-rates, [trial, bin, dimension].</param>
/// <param name="Truth">The true ones, or true log-rates along the same axes; null where neither is known.</param>
/// <param name="R2">R² of each dimension on validation trials; null without true latents.</param>
public sealed record LatentTrajectories(string Kind, string Method, IReadOnlyList<string> Axes, TrialTensor Inferred, TrialTensor? Truth, IReadOnlyList<double>? R2)
{
    private const int MostDimensions = 3;
    private const int MostTrialsForFitting = 512;
    private const int Folds = 5;

    private static readonly double[] Alphas = [.. Enumerable.Range(-4, 9).Select(exponent => Math.Pow(10, exponent))];

    /// <summary>Decodes or projects.</summary>
    /// <param name="network">Runs the training trials, where a decoder is fitted.</param>
    /// <param name="dataset">The data.</param>
    /// <param name="logRates">The network's, of all validation trials.</param>
    /// <param name="cancel">Looked at before every batch.</param>
    public static LatentTrajectories Of(ProbedNetwork network, SpikeDataset dataset, TrialTensor logRates, CancellationToken cancel) =>
        dataset.Train.Latents is { Units: > 0 } && dataset.Valid.Latents is not null && dataset.Train.Counts.Bins == dataset.Valid.Counts.Bins && dataset.Train.Counts.Trials > 1
            ? Decoded(network, dataset, logRates, cancel)
            : Projected(dataset.Valid, logRates);

    private static LatentTrajectories Decoded(ProbedNetwork network, SpikeDataset dataset, TrialTensor logRates, CancellationToken cancel)
    {
        SpikeSplit train = dataset.Train.Take([.. Enumerable.Range(0, Math.Min(MostTrialsForFitting, dataset.Train.Counts.Trials))]);
        TrialTensor truth = dataset.Valid.Latents!;
        TrialTensor features = Rates.Bounded(network.LogRates(train.Counts, null, cancel));
        var fit = RidgeFit.CrossValidated(features, train.Latents!, Alphas, Math.Min(Folds, train.Counts.Trials));
        TrialTensor decoded = fit.Decoder.Predict(Rates.Bounded(logRates));
        int shown = Math.Min(MostDimensions, truth.Units);
        string method = string.Create(
            CultureInfo.InvariantCulture,
            $"Decoded: the latents the data set knows, by ridge regression from the network's log-rates, fitted on {train.Counts.Trials} training trials (penalty {fit.Decoder.Alpha:0.####}, chosen by {Math.Min(Folds, train.Counts.Trials)}-fold cross-validation over trials) and shown on validation trials, which it never saw.")
            + (truth.Units > shown ? string.Create(CultureInfo.InvariantCulture, $" The first {shown} of {truth.Units} dimensions are drawn.") : "");
        return new LatentTrajectories(
            "ridge", method, [.. Enumerable.Range(1, shown).Select(d => "latent " + d.ToString(CultureInfo.InvariantCulture))],
            First(decoded, shown), First(truth, shown), RateScores.Compute(truth, decoded).PerUnit);
    }

    private static LatentTrajectories Projected(SpikeSplit valid, TrialTensor logRates)
    {
        TrialTensor features = Rates.Bounded(logRates);
        var components = PrincipalComponents.Of(features, MostDimensions);
        string[] axes = [.. components.VarianceShare.Select((share, i) => string.Create(CultureInfo.InvariantCulture, $"PC {i + 1} ({100 * share:0} % of variance)"))];
        return new LatentTrajectories(
            "pca",
            "Principal components: the data set has no latents, so these are the first principal components of the network's log-rates on validation trials"
            + (valid.Rates is null ? "." : "; the true log-rates are drawn along the same axes."),
            axes,
            components.Project(features),
            valid.Rates is TrialTensor rates ? components.Project(Rates.Log(rates)) : null,
            null);
    }

    private static TrialTensor First(TrialTensor all, int dimensions)
    {
        var first = new TrialTensor(all.Trials, all.Bins, dimensions);
        for (int row = 0; row < all.Trials * all.Bins; row++)
        {
            all.Values.AsSpan(row * all.Units, dimensions).CopyTo(first.Values.AsSpan(row * dimensions));
        }

        return first;
    }
}
