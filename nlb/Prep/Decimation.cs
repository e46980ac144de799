namespace UnetSpikes.Nlb.Prep;

/// <summary>Taking every q-th sample of a signal without folding its fast parts back, in zero phase.</summary>
/// <remarks>
/// scipy.signal.decimate(n=500, ftype="fir"): a low pass of 501 taps (sinc times Hamming window, cut off at the new Nyquist frequency, gain 1 at rest),
/// zeros beyond the ends. Missing samples are first filled on a straight line between their neighbours, and are missing afterwards.
/// </remarks>
internal static class Decimation
{
    private const int HalfLength = 250;

    /// <summary>Every <paramref name="step"/>-th sample.</summary>
    /// <param name="samples">NaN = missing; is filled in place.</param>
    /// <param name="step">At least 1.</param>
    /// <param name="isFiltered">False = samples as they are.</param>
    /// <returns>NaN where the sample itself is missing.</returns>
    public static double[] Every(double[] samples, int step, bool isFiltered)
    {
        var taken = new double[(samples.Length + step - 1) / step];
        for (int i = 0; i < taken.Length; i++)
        {
            taken[i] = samples[i * step];
        }

        if (!isFiltered || step == 1 || !FillGaps(samples))
        {
            return taken;
        }

        double[] taps = Taps(step);
        Parallel.For(0, taken.Length, i =>
        {
            if (!double.IsNaN(taken[i]))
            {
                taken[i] = At(samples, i * step, taps);
            }
        });
        return taken;
    }

    private static double At(double[] samples, int center, double[] taps)
    {
        int from = Math.Max(0, center - HalfLength), to = Math.Min(samples.Length - 1, center + HalfLength);
        double sum = 0;
        for (int i = from; i <= to; i++)
        {
            sum += samples[i] * taps[center - i + HalfLength];
        }

        return sum;
    }

    private static double[] Taps(int step)
    {
        var taps = new double[(2 * HalfLength) + 1];
        for (int m = -HalfLength; m <= HalfLength; m++)
        {
            double x = Math.PI * m / step;
            double sinc = m == 0 ? 1 : Math.Sin(x) / x;
            double hamming = 0.54 - (0.46 * Math.Cos(2 * Math.PI * (m + HalfLength) / (2 * HalfLength)));
            taps[m + HalfLength] = sinc * hamming;
        }

        double gain = taps.Sum();
        return [.. taps.Select(tap => tap / gain)];
    }

    /// <summary>Straight lines across gaps, the nearest sample beyond the ends. False where there is no sample at all.</summary>
    private static bool FillGaps(double[] samples)
    {
        int before = -1;
        for (int i = 0; i < samples.Length; i++)
        {
            if (double.IsNaN(samples[i]))
            {
                continue;
            }

            for (int gap = before + 1; gap < i; gap++)
            {
                samples[gap] = before < 0 ? samples[i] : samples[before] + ((samples[i] - samples[before]) * (gap - before) / (i - before));
            }

            before = i;
        }

        if (before >= 0)
        {
            samples.AsSpan(before + 1).Fill(samples[before]);
        }

        return before >= 0;
    }
}
