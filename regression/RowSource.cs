using UnetSpikes.Core;

namespace UnetSpikes.Regression;

/// <summary>Fills <paramref name="destination"/> with one row.</summary>
/// <param name="row">From 0.</param>
/// <param name="destination">As long as a row is wide.</param>
public delegate void RowReader(int row, Span<double> destination);

/// <summary>Rows of features or targets in double precision, however they are stored: a row is one bin of one trial.</summary>
/// <remarks>Rows are made when they are asked for, so that a decoder with lags does not hold every rate once per lag.</remarks>
/// <param name="Count">Number of rows.</param>
/// <param name="Width">Numbers in a row.</param>
/// <param name="Read">Reads one row; NaN = not known.</param>
public sealed record RowSource(int Count, int Width, RowReader Read)
{
    /// <summary>Every bin of every trial, in order.</summary>
    /// <param name="values">[trial, bin, feature], not copied.</param>
    public static RowSource Of(TrialTensor values)
    {
        int width = values.Units;
        return new RowSource(values.Trials * values.Bins, width, (row, to) =>
        {
            ReadOnlySpan<float> from = values.Values.AsSpan(row * width, width);
            for (int i = 0; i < from.Length; i++)
            {
                to[i] = from[i];
            }
        });
    }

    /// <summary>Rows of an array.</summary>
    /// <param name="values">Row-major [row, column], not copied.</param>
    /// <param name="width">Columns.</param>
    /// <exception cref="ArgumentException">The array is not whole rows.</exception>
    public static RowSource Of(double[] values, int width) => width > 0 && values.Length % width == 0
        ? new RowSource(values.Length / width, width, (row, to) => values.AsSpan(row * width, width).CopyTo(to))
        : throw new ArgumentException($"{values.Length} numbers are not whole rows of {width}", nameof(values));

    /// <summary>Chosen rows, in the order given.</summary>
    /// <param name="rows">Each from 0 to below <see cref="Count"/>.</param>
    public RowSource Take(int[] rows) => new(rows.Length, Width, (row, to) => Read(rows[row], to));

    /// <summary>Beside each other, the rows of the same trial at several bins: first the earliest bin's features, last the latest's.</summary>
    /// <param name="binsPerTrial">Rows of each trial.</param>
    /// <param name="first">Earliest bin relative to the row's own, negative = before it.</param>
    /// <param name="last">Latest, at least <paramref name="first"/>.</param>
    /// <returns>Rows (last − first + 1) times as wide; NaN where a bin lies outside its trial.</returns>
    public RowSource Lagged(int binsPerTrial, int first, int last)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        return new RowSource(Count, checked(Width * (last - first + 1)), (row, to) =>
        {
            for (int lag = first; lag <= last; lag++)
            {
                int bin = (row % binsPerTrial) + lag;
                Span<double> part = to.Slice((lag - first) * Width, Width);
                if (bin < 0 || bin >= binsPerTrial)
                {
                    part.Fill(double.NaN);
                }
                else
                {
                    Read(row + lag, part);
                }
            }
        });
    }

    /// <summary>All rows as one array, row-major.</summary>
    public double[] ToArray()
    {
        var values = new double[checked(Count * Width)];
        for (int row = 0; row < Count; row++)
        {
            Read(row, values.AsSpan(row * Width, Width));
        }

        return values;
    }
}
