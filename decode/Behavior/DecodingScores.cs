using UnetSpikes.Core;

namespace UnetSpikes.Decode.Behavior;

/// <summary>How well columns of behaviour were decoded.</summary>
/// <param name="R2">1 − SSres/SStot of each column (<see cref="R2Score"/>).</param>
/// <param name="Correlation">Pearson's r of each column; NaN where a column, or its prediction, is constant.</param>
public sealed record DecodingScores(double[] R2, double[] Correlation)
{
    /// <summary>Mean over columns.</summary>
    public double R2Mean => R2.Average();

    /// <summary>Mean over columns.</summary>
    public double CorrelationMean => Correlation.Average();

    /// <summary>Scores predictions.</summary>
    /// <param name="truth">Row-major [row, column], without NaN.</param>
    /// <param name="predicted">Same length.</param>
    /// <param name="columns">Columns of each row.</param>
    /// <returns>NaN from fewer than two rows.</returns>
    public static DecodingScores Of(double[] truth, double[] predicted, int columns)
    {
        bool isEnough = truth.Length >= 2 * columns;
        return new DecodingScores(
            R2Score.PerColumn(truth, predicted, columns),
            [.. Enumerable.Range(0, columns).Select(c => isEnough ? Pearson.Correlation(Column(truth, c), Column(predicted, c)) : double.NaN)]);

        double[] Column(double[] values, int column) => [.. Enumerable.Range(0, values.Length / columns).Select(row => values[(row * columns) + column])];
    }
}
