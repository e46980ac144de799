using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Decode;

/// <summary>Chooses how far counts are smoothed.</summary>
internal static class SmoothingWidth
{
    /// <summary>The width from which training trials are decoded best: the fairest opponent smoothing can be.</summary>
    /// <param name="counts">Spikes per bin of training trials.</param>
    /// <param name="cvR2">What cross-validation gives counts smoothed so far.</param>
    /// <param name="console">For progress.</param>
    /// <param name="cancel">Looked at before every width.</param>
    /// <returns>In bins; one of <see cref="GaussianSmoothing.DefaultGrid"/>, the narrowest on a tie.</returns>
    public static double Choose(TrialTensor counts, Func<TrialTensor, double> cvR2, ToolConsole console, CancellationToken cancel)
    {
        (double best, double bestR2) = (GaussianSmoothing.DefaultGrid[0], double.NegativeInfinity);
        using var progress = new ProgressLine(console, "choose smoothing", GaussianSmoothing.DefaultGrid.Count, "widths");
        for (int i = 0; i < GaussianSmoothing.DefaultGrid.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            double sigma = GaussianSmoothing.DefaultGrid[i];
            double r2 = cvR2(GaussianSmoothing.Smooth(counts, sigma));
            if (r2 > bestR2)
            {
                (best, bestR2) = (sigma, r2);
            }

            progress.Report(i + 1, string.Create(CultureInfo.InvariantCulture, $"best {best} bins"));
        }

        return best;
    }
}
