using UnetSpikes.Core;

namespace UnetSpikes.Decode.Behavior;

/// <summary>What a decoder would score if its predictions had nothing to do with the trial: each is held against another trial's behaviour.</summary>
/// <remarks>
/// Trials are shifted in a circle by 1, 2, … n − 1 places, and scored each time. What behaviour has in common over trials (its course after the
/// go cue, say) is thus part of chance, as it should be: rates that know only the time in the trial reach as much.
/// </remarks>
/// <param name="Shifts">How many shifts were scored.</param>
/// <param name="R2">Mean over columns of R²: its mean over shifts and its 95th percentile.</param>
/// <param name="Correlation">Mean over columns of Pearson's r, likewise.</param>
public sealed record ChanceLevel(int Shifts, Spread R2, Spread Correlation)
{
    /// <summary>More trials than this are shifted by this many places spread evenly over all: the percentile is precise enough.</summary>
    private const int MostShifts = 500;

    /// <summary>Scores the predictions of every trial against other trials' behaviour.</summary>
    /// <param name="predicted">[trial, bin, column]; NaN = not predicted, left out.</param>
    /// <param name="behavior">[trial, bin, column], same shape; NaN = not known, left out.</param>
    /// <returns>NaN from a single trial.</returns>
    public static ChanceLevel Of(TrialTensor predicted, TrialTensor behavior)
    {
        int trials = behavior.Trials, shifts = Math.Min(trials - 1, MostShifts);
        var scores = new List<DecodingScores>(shifts);
        for (int i = 1; i <= shifts; i++)
        {
            scores.Add(Shifted(predicted, behavior, (int)((long)i * trials / (shifts + 1))));
        }

        return new ChanceLevel(shifts, Spread.Of([.. scores.Select(s => s.R2Mean)]), Spread.Of([.. scores.Select(s => s.CorrelationMean)]));
    }

    private static DecodingScores Shifted(TrialTensor predicted, TrialTensor behavior, int shift)
    {
        int width = behavior.Units, rows = behavior.Trials * behavior.Bins, offset = shift * behavior.Bins;
        var truth = new List<double>(behavior.Values.Length);
        var estimate = new List<double>(behavior.Values.Length);
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> of = predicted.Values.AsSpan(row * width, width);
            ReadOnlySpan<float> other = behavior.Values.AsSpan((row + offset) % rows * width, width);
            if (of.IndexOf(float.NaN) < 0 && other.IndexOf(float.NaN) < 0)
            {
                for (int column = 0; column < width; column++)
                {
                    truth.Add(other[column]);
                    estimate.Add(of[column]);
                }
            }
        }

        return DecodingScores.Of([.. truth], [.. estimate], width);
    }
}

/// <summary>Scores of many shifts in two numbers.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Percentile95">What 95 of 100 stay below (interpolated as numpy does).</param>
public sealed record Spread(double Mean, double Percentile95)
{
    /// <summary>Summarises scores; NaN from none, or where one is.</summary>
    /// <param name="scores">One per shift.</param>
    public static Spread Of(double[] scores)
    {
        if (scores.Length == 0 || Array.Exists(scores, double.IsNaN))
        {
            return new Spread(double.NaN, double.NaN);
        }

        double[] sorted = [.. scores.Order()];
        double place = 0.95 * (sorted.Length - 1);
        int below = (int)place;
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return new Spread(scores.Average(), sorted[below] + ((place - below) * (above - sorted[below])));
    }
}
