using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.Tests.Data;

/// <summary>The statistics of tests/golden/data/reference_statistics.py, of training trials.</summary>
internal sealed record SpikeStatistics(double MeanRateHz, double SpreadOfRates, double TrialToTrialFano, double[] BandPower)
{
    /// <summary>Upper edges in Hz of the bands (0, 2], (2, 5], (5, 10], (10, ∞).</summary>
    private static readonly double[] BandEdges = [2, 5, 10, double.PositiveInfinity];

    public static SpikeStatistics Of(SpikeDataset data)
    {
        SpikeSplit train = data.Train;
        return new SpikeStatistics(
            train.Counts.Values.Average(v => (double)v) * 1000 / data.BinWidthMs!.Value,
            Spread(train.Rates!),
            Fano(train),
            Power(train.Rates!, data.BinWidthMs.Value));
    }

    /// <summary>Standard deviation over mean of each unit's rate, averaged over units.</summary>
    private static double Spread(TrialTensor rates)
    {
        int rows = rates.Trials * rates.Bins;
        double sum = 0;
        for (int unit = 0; unit < rates.Units; unit++)
        {
            double mean = 0, square = 0;
            for (int row = 0; row < rows; row++)
            {
                double v = rates.Values[(row * rates.Units) + unit];
                mean += v / rows;
                square += v * v / rows;
            }

            sum += Math.Sqrt(square - (mean * mean)) / mean;
        }

        return sum / rates.Units;
    }

    /// <summary>Variance over repeats of a condition, over the mean count; 1 for Poisson spikes.</summary>
    private static double Fano(SpikeSplit split)
    {
        double variance = 0, mean = 0;
        int perTrial = split.Counts.Bins * split.Counts.Units;
        foreach (IGrouping<int, int> trials in Enumerable.Range(0, split.Counts.Trials).GroupBy(t => split.Conditions![t]))
        {
            int n = trials.Count();
            for (int i = 0; i < perTrial; i++)
            {
                double average = trials.Average(t => (double)split.Counts.Values[(t * perTrial) + i]);
                mean += average;
                variance += trials.Sum(t => Math.Pow(split.Counts.Values[(t * perTrial) + i] - average, 2)) / (n - 1);
            }
        }

        return variance / mean;
    }

    /// <summary>Share of the rates' variance over time in each band.</summary>
    private static double[] Power(TrialTensor rates, double binWidthMs)
    {
        int bins = rates.Bins;
        var power = new double[(bins / 2) + 1];
        (double Sin, double Cos)[] wave = [.. Enumerable.Range(0, bins).Select(i => Math.SinCos(2 * Math.PI * i / bins))];
        // Repeats have the same rates; one trial in so many is enough and keeps the naive transform quick.
        for (int trial = 0; trial < rates.Trials; trial += Math.Max(1, rates.Trials / 100))
        {
            for (int unit = 0; unit < rates.Units; unit++)
            {
                for (int k = 1; k < power.Length; k++)
                {
                    double re = 0, im = 0;
                    for (int bin = 0; bin < bins; bin++)
                    {
                        (double sin, double cos) = wave[k * bin % bins];
                        re += rates[trial, bin, unit] * cos;
                        im += rates[trial, bin, unit] * sin;
                    }

                    power[k] += (re * re) + (im * im);
                }
            }
        }

        var bands = new double[BandEdges.Length];
        for (int k = 1; k < power.Length; k++)
        {
            double hz = k * 1000 / (bins * binWidthMs);
            bands[Array.FindIndex(BandEdges, edge => hz <= edge)] += power[k] / power.Sum();
        }

        return bands;
    }
}
