namespace UnetSpikes.Core;

/// <summary>R² in double precision with scikit-learn's rules for constant truths: the benchmark's and behaviour decoding's.</summary>
/// <remarks><see cref="RateScores"/> leaves silent units out of its mean instead, since a rate that never changes is nothing to predict.</remarks>
public static class R2Score
{
    /// <summary>R² of each column: 1 − SSres/SStot, SStot about the truth's own mean.</summary>
    /// <param name="truth">Row-major [row, column], without NaN.</param>
    /// <param name="estimate">Same length.</param>
    /// <param name="columns">Columns of each row.</param>
    /// <returns>One per column; a constant truth gives 1 where met exactly and 0 where missed; NaN from fewer than two rows.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or are not whole rows.</exception>
    public static double[] PerColumn(ReadOnlySpan<double> truth, ReadOnlySpan<double> estimate, int columns)
    {
        if (truth.Length != estimate.Length || truth.Length % columns != 0)
        {
            throw new ArgumentException($"{truth.Length} numbers and {estimate.Length} estimates, expected the same rows of {columns}", nameof(estimate));
        }

        int rows = truth.Length / columns;
        var r2 = new double[columns];
        for (int column = 0; column < columns; column++)
        {
            double mean = 0;
            for (int i = column; i < truth.Length; i += columns)
            {
                mean += truth[i];
            }

            mean /= rows;
            (double residual, double total) = (0, 0);
            for (int i = column; i < truth.Length; i += columns)
            {
                residual += (truth[i] - estimate[i]) * (truth[i] - estimate[i]);
                total += (truth[i] - mean) * (truth[i] - mean);
            }

            r2[column] = rows < 2 ? double.NaN : Of(residual, total);
        }

        return r2;
    }

    /// <summary>1 − residual/total; where nothing varies, 1 for a truth met exactly and 0 for one missed.</summary>
    /// <param name="residual">Squared deviations from the estimate, summed.</param>
    /// <param name="total">Squared deviations from the mean, summed.</param>
    public static double Of(double residual, double total) => total > 0 ? 1 - (residual / total) : residual > 0 ? 0 : 1;
}
