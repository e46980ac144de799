using System.Numerics;

namespace UnetSpikes.Regression;

/// <summary>Sums over rows of features x and targets y: all that ridge regression and its scores need to know of the data.</summary>
/// <remarks>
/// A row is one bin of one trial. Rows are taken relative to an origin near their mean, so that centring later subtracts small
/// numbers. Sums add and subtract, so the training part of a fold is the whole less the held-out part, at no second reading.
/// </remarks>
internal sealed class RidgeMoments
{
    private RidgeMoments(int features, int targets)
    {
        X = new double[features];
        Y = new double[targets];
        XX = new double[features * features];
        XY = new double[features * targets];
        YY = new double[targets];
    }

    /// <summary>Rows summed.</summary>
    public double Rows { get; private set; }

    /// <summary>Σx, [feature].</summary>
    public double[] X { get; }

    /// <summary>Σy, [target].</summary>
    public double[] Y { get; }

    /// <summary>Σx·xᵀ, [feature, feature].</summary>
    public double[] XX { get; }

    /// <summary>Σx·yᵀ, [feature, target].</summary>
    public double[] XY { get; }

    /// <summary>Σy², [target].</summary>
    public double[] YY { get; }

    /// <summary>Sums some rows; a row with a NaN, on either side, is left out.</summary>
    /// <param name="features">Rows of features.</param>
    /// <param name="targets">As many rows of targets.</param>
    /// <param name="origin">What is subtracted from x and y first (<see cref="Origin"/>).</param>
    /// <param name="rows">The rows to sum.</param>
    public static RidgeMoments Of(RowSource features, RowSource targets, (double[] X, double[] Y) origin, Range rows)
    {
        var sums = new RidgeMoments(features.Width, targets.Width);
        var x = new double[features.Width];
        var y = new double[targets.Width];
        (int first, int count) = rows.GetOffsetAndLength(features.Count);
        for (int row = first; row < first + count; row++)
        {
            // Targets first: they are narrow, and often what is missing.
            targets.Read(row, y);
            if (!TryCentre(y, origin.Y))
            {
                continue;
            }

            features.Read(row, x);
            if (TryCentre(x, origin.X))
            {
                sums.Add(x, y);
            }
        }

        return sums;
    }

    /// <summary>The means of features and of targets, each over its own values that are not NaN; 0 where there is none.</summary>
    public static (double[] X, double[] Y) Origin(RowSource features, RowSource targets) => (Means(features), Means(targets));

    /// <summary>This and the other together, or this without the other.</summary>
    /// <param name="other">Sums about the same origin.</param>
    /// <param name="sign">+1 or −1.</param>
    public RidgeMoments Plus(RidgeMoments other, int sign)
    {
        var sums = new RidgeMoments(X.Length, Y.Length) { Rows = Rows + (sign * other.Rows) };
        Combine(X, other.X, sums.X);
        Combine(Y, other.Y, sums.Y);
        Combine(XX, other.XX, sums.XX);
        Combine(XY, other.XY, sums.XY);
        Combine(YY, other.YY, sums.YY);
        return sums;

        void Combine(double[] a, double[] b, double[] to)
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = a[i] + (sign * b[i]);
            }
        }
    }

    private static double[] Means(RowSource source)
    {
        var values = new double[source.Width];
        var sums = new double[source.Width];
        var counts = new long[source.Width];
        for (int row = 0; row < source.Count; row++)
        {
            source.Read(row, values);
            for (int i = 0; i < values.Length; i++)
            {
                bool isKnown = !double.IsNaN(values[i]);
                sums[i] += isKnown ? values[i] : 0;
                counts[i] += isKnown ? 1 : 0;
            }
        }

        return [.. sums.Zip(counts, (sum, n) => double.IsFinite(sum / n) ? sum / n : 0)];
    }

    private static bool TryCentre(double[] row, double[] origin)
    {
        bool isComplete = true;
        for (int i = 0; i < row.Length; i++)
        {
            row[i] -= origin[i];
            isComplete &= !double.IsNaN(row[i]);
        }

        return isComplete;
    }

    private void Add(double[] x, double[] y)
    {
        Rows++;
        AddScaled(X, x, 1);
        AddScaled(Y, y, 1);
        for (int i = 0; i < x.Length; i++)
        {
            AddScaled(XX.AsSpan(i * x.Length, x.Length), x, x[i]);
            AddScaled(XY.AsSpan(i * y.Length, y.Length), y, x[i]);
        }

        for (int j = 0; j < y.Length; j++)
        {
            YY[j] += y[j] * y[j];
        }
    }

    private static void AddScaled(Span<double> to, ReadOnlySpan<double> from, double factor)
    {
        int i = 0;
        for (; i <= to.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(to[i..]) + (new Vector<double>(from[i..]) * factor)).CopyTo(to[i..]);
        }

        for (; i < to.Length; i++)
        {
            to[i] += factor * from[i];
        }
    }
}
