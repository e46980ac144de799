using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Data.Synthetic;

/// <summary>
/// Spikes driven by the Lorenz system: three chaotic latents, a random readout, an exponential link, Poisson counts.
/// </summary>
/// <remarks>
/// After Pandarinath et al. 2018 (LFADS), Methods, "Lorenz system": σ = 10, ρ = 28, β = 8/3, Euler steps of 0.006 per millisecond, a
/// burn-in from a random state, each latent with zero mean and a peak of 1 over all conditions; log rate = log(base) + x·W with
/// |W| uniform in [1, 2] and random signs. Rates are computed each millisecond and averaged over the bin; so are the latents.
/// </remarks>
public static class LorenzSimulator
{
    private const int Latents = 3;
    private const int BurnInMs = 2000;
    private const double StepPerMs = 0.006;
    private const int ValidEvery = 5;

    /// <summary>Simulates a data set.</summary>
    /// <param name="options">Sizes and seed; null = the published data set's.</param>
    /// <exception cref="UsageException">An option is out of its range.</exception>
    public static Simulation Run(LorenzOptions? options = null)
    {
        options ??= new LorenzOptions();
        options.Validate();
        double[] states = Trajectories(options); // [condition, ms, 3]
        Normalise(states);
        double[] readout = Readout(options); // [3, unit]
        (TrialTensor rates, TrialTensor latents) = Bin(states, readout, options);
        int[] conditions = [.. Enumerable.Range(0, options.Trials).Select(trial => trial / options.Repeats)];
        string generator = string.Create(
            CultureInfo.InvariantCulture,
            $"unet-spikes lorenz sigma=10 rho=28 beta=8/3 Euler dt={StepPerMs} per ms, burn-in {BurnInMs}, seed={options.Seed}, C={options.Conditions} R={options.Repeats} N={options.Units} T={options.DurationMs / options.BinWidthMs} bin={options.BinWidthMs}ms base={options.BaseRateHz}Hz");
        SpikeDataset dataset = Simulation.Spikes(
            generator,
            TrialPieces.Take(rates, conditions),
            TrialPieces.Take(latents, conditions),
            conditions,
            isValid: trial => trial % ValidEvery == ValidEvery - 1,
            options.BinWidthMs,
            options.Seed);
        return new Simulation(dataset, new LfadsWriteOptions
        {
            ConversionFactor = 1000.0 / options.BinWidthMs, // truth in Hz
            Generator = generator,
            WriteMore = file =>
            {
                Simulation.WriteParameters(file, options.Repeats, (ValidEvery - 1.0) / ValidEvery);
                file.Write<double>("/readout_W", [Latents, options.Units], readout);
                double[] bias = [.. Enumerable.Repeat(Math.Log(options.BaseRateHz), options.Units)];
                file.Write<double>("/readout_b", [options.Units], bias);
            },
        });
    }

    /// <summary>States after the burn-in, one row per millisecond.</summary>
    private static double[] Trajectories(LorenzOptions options)
    {
        const double Sigma = 10, Rho = 28, Beta = 8.0 / 3;
        var rng = new Rng(options.Seed, "initial states");
        var states = new double[(long)options.Conditions * options.DurationMs * Latents];
        for (int condition = 0; condition < options.Conditions; condition++)
        {
            double x = rng.NextNormal(), y = rng.NextNormal(), z = rng.NextNormal();
            for (int ms = -BurnInMs; ms < options.DurationMs; ms++)
            {
                double dx = Sigma * (y - x), dy = (x * (Rho - z)) - y, dz = (x * y) - (Beta * z);
                x += StepPerMs * dx;
                y += StepPerMs * dy;
                z += StepPerMs * dz;
                if (ms >= 0)
                {
                    long at = (((long)condition * options.DurationMs) + ms) * Latents;
                    states[at] = x;
                    states[at + 1] = y;
                    states[at + 2] = z;
                }
            }
        }

        return states;
    }

    /// <summary>Each latent to zero mean and a largest absolute value of 1, over all conditions.</summary>
    private static void Normalise(double[] states)
    {
        for (int dimension = 0; dimension < Latents; dimension++)
        {
            double sum = 0;
            for (int i = dimension; i < states.Length; i += Latents)
            {
                sum += states[i];
            }

            double mean = sum / (states.Length / Latents);
            double peak = 0;
            for (int i = dimension; i < states.Length; i += Latents)
            {
                peak = Math.Max(peak, Math.Abs(states[i] - mean));
            }

            for (int i = dimension; i < states.Length; i += Latents)
            {
                states[i] = (states[i] - mean) / peak;
            }
        }
    }

    private static double[] Readout(LorenzOptions options)
    {
        var rng = new Rng(options.Seed, "readout");
        var readout = new double[Latents * options.Units];
        for (int i = 0; i < readout.Length; i++)
        {
            double magnitude = 1 + rng.NextDouble();
            readout[i] = rng.NextInt(2) == 0 ? magnitude : -magnitude;
        }

        return readout;
    }

    /// <summary>Rates in spikes per bin [condition, bin, unit] and latents [condition, bin, 3], averaged over the milliseconds of a bin.</summary>
    private static (TrialTensor Rates, TrialTensor Latents) Bin(double[] states, double[] readout, LorenzOptions options)
    {
        int width = options.BinWidthMs, bins = options.DurationMs / width, units = options.Units;
        var rates = new TrialTensor(options.Conditions, bins, units);
        var latents = new TrialTensor(options.Conditions, bins, Latents);
        var rateSum = new double[units];
        Span<double> latentSum = stackalloc double[Latents];
        for (int row = 0; row < options.Conditions * bins; row++)
        {
            Array.Clear(rateSum);
            latentSum.Clear();
            for (int ms = 0; ms < width; ms++)
            {
                ReadOnlySpan<double> state = states.AsSpan(((row * width) + ms) * Latents, Latents);
                for (int unit = 0; unit < units; unit++)
                {
                    double drive = (state[0] * readout[unit]) + (state[1] * readout[units + unit]) + (state[2] * readout[(2 * units) + unit]);
                    rateSum[unit] += Math.Exp(drive);
                }

                for (int dimension = 0; dimension < Latents; dimension++)
                {
                    latentSum[dimension] += state[dimension];
                }
            }

            for (int unit = 0; unit < units; unit++)
            {
                rates.Values[(row * units) + unit] = (float)(rateSum[unit] * options.BaseRateHz / 1000); // per ms, summed over the bin
            }

            for (int dimension = 0; dimension < Latents; dimension++)
            {
                latents.Values[(row * Latents) + dimension] = (float)(latentSum[dimension] / width);
            }
        }

        return (rates, latents);
    }
}
