namespace UnetSpikes.Core;

/// <summary>How well rates follow the true rates: R² with its companions, so that no single average hides the rest.</summary>
/// <remarks>
/// Bins whose truth is NaN are left out; a NaN prediction of a known bin makes its unit's R², and every mean over it, NaN.
/// Both tensors must carry the same unit (spikes per bin, by convention).
/// </remarks>
public sealed record RateScores
{
    /// <summary>What <see cref="R2Uniform"/> is, to be printed beside it.</summary>
    public const string UniformDefinition =
        "mean over units of 1 - SSres/SStot over (trials x bins), silent units left out (scikit-learn r2_score, uniform_average)";

    /// <summary>What <see cref="R2Pooled"/> is, to be printed beside it.</summary>
    public const string PooledDefinition = "1 - SSres/SStot over all (trials x bins x units) at once, about one mean";

    /// <summary>What <see cref="R2Median"/> is, to be printed beside it.</summary>
    public const string MedianDefinition = "median over units of 1 - SSres/SStot over (trials x bins), silent units left out";

    /// <summary>R² per unit, averaged over the units that are not silent; NaN when all are.</summary>
    public required double R2Uniform { get; init; }

    /// <summary>R² of all numbers as one long vector; units with high rates weigh most. NaN when the truth is constant.</summary>
    public required double R2Pooled { get; init; }

    /// <summary>Median of R² over the units that are not silent; NaN when all are.</summary>
    public required double R2Median { get; init; }

    /// <summary>Units whose true rate never changes: they have no variance to explain and are in no average over units.</summary>
    public required int UnitsExcluded { get; init; }

    /// <summary>R² of each unit, in the tensors' order; NaN for a silent unit.</summary>
    public required double[] PerUnit { get; init; }

    /// <summary>Scores rates against the truth.</summary>
    /// <param name="trueRates">The truth, [trial, bin, unit].</param>
    /// <param name="rates">The estimate, same shape and unit of measure.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static RateScores Compute(TrialTensor trueRates, TrialTensor rates)
    {
        if (!trueRates.HasShapeOf(rates))
        {
            throw new ArgumentException($"rates are {rates}, the true rates {trueRates}", nameof(rates));
        }

        int units = trueRates.Units;
        Span<Variation> perUnit = new Variation[units];
        var pooled = new Variation();
        // Two passes: deviations from a mean that is already known do not cancel.
        ReadOnlySpan<float> truth = trueRates.Values;
        for (int row = 0; row < truth.Length; row += units)
        {
            for (int u = 0; u < units; u++)
            {
                perUnit[u].AddToMean(truth[row + u]);
                pooled.AddToMean(truth[row + u]);
            }
        }

        pooled.FixMean();
        foreach (ref Variation unit in perUnit)
        {
            unit.FixMean();
        }

        ReadOnlySpan<float> estimate = rates.Values;
        for (int row = 0; row < truth.Length; row += units)
        {
            for (int u = 0; u < units; u++)
            {
                perUnit[u].AddDeviation(truth[row + u], estimate[row + u]);
                pooled.AddDeviation(truth[row + u], estimate[row + u]);
            }
        }

        var r2 = new double[units];
        var scored = new List<double>(units);
        for (int u = 0; u < units; u++)
        {
            r2[u] = perUnit[u].R2;
            if (!perUnit[u].IsConstant)
            {
                scored.Add(r2[u]);
            }
        }

        return new RateScores
        {
            R2Uniform = scored.Count == 0 ? double.NaN : scored.Average(),
            R2Pooled = pooled.R2,
            R2Median = Median(scored),
            UnitsExcluded = units - scored.Count,
            PerUnit = r2,
        };
    }

    private static double Median(List<double> values)
    {
        if (values.Count == 0 || values.Exists(double.IsNaN))
        {
            return double.NaN;
        }

        values.Sort();
        int half = values.Count / 2;
        return values.Count % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }

    /// <summary>The sums behind one R²: first the mean of the truth, then squared deviations from it and from the estimate.</summary>
    private struct Variation
    {
        private double _sum;
        private double _mean;
        private double _total;
        private double _residual;
        private float _first;
        private long _count;
        private bool _varies;

        /// <summary>Exact, where a sum of squares would be rounding noise: the truth never left its first value.</summary>
        public readonly bool IsConstant => !_varies;

        public readonly double R2 => IsConstant ? double.NaN : 1 - (_residual / _total);

        public void AddToMean(float truth)
        {
            if (float.IsNaN(truth))
            {
                return;
            }

            _first = _count == 0 ? truth : _first;
            _varies |= truth != _first;
            _sum += truth;
            _count++;
        }

        /// <summary>Between the passes: a division each, not one for every number.</summary>
        public void FixMean() => _mean = _sum / _count;

        public void AddDeviation(float truth, float estimate)
        {
            if (float.IsNaN(truth))
            {
                return;
            }

            double fromMean = truth - _mean;
            double fromEstimate = (double)truth - estimate;
            _total += fromMean * fromMean;
            _residual += fromEstimate * fromEstimate;
        }
    }
}
