using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Data.Synthetic;

/// <summary>Spikes driven by a random recurrent network in its chaotic regime, started from a new state in each condition.</summary>
/// <remarks>
/// After the LFADS release's generator without inputs (Pandarinath et al. 2018; Sussillo and Abbott 2009 for the network):
/// x(t+1) = (1 − dt/τ) x(t) + (dt/τ) g W tanh x(t), W normal with variance 1/N, x(0) standard normal. In each trial each
/// unit's tanh x is stretched to 0 … 1 over time and multiplied by the top rate. Validation takes the last fifth of each condition's repeats.
/// Not written: the release's <c>input_*</c> keys, which this variant of it draws but never uses.
/// </remarks>
public static class ChaoticRnnSimulator
{
    private const double TrainFraction = 0.8;

    /// <summary>Simulates a data set.</summary>
    /// <param name="options">Sizes and seed; null = the published data set's.</param>
    /// <exception cref="UsageException">An option is out of its range.</exception>
    public static Simulation Run(ChaoticRnnOptions? options = null)
    {
        options ??= new ChaoticRnnOptions();
        options.Validate();
        double[] weights = Weights(options);
        TrialTensor states = States(options, weights);
        double topPerBin = options.MaxRateHz * options.BinWidthMs / 1000;
        TrialTensor rates = Rates(states, topPerBin);
        int[] conditions = [.. Enumerable.Range(0, options.Trials).Select(trial => trial / options.Repeats)];
        int trainRepeats = Math.Min((int)Math.Round(TrainFraction * options.Repeats), options.Repeats - 1);
        string generator = string.Create(
            CultureInfo.InvariantCulture,
            $"unet-spikes chaotic seed={options.Seed} C={options.Conditions} N={options.Units} S={options.Units} nreplications={options.Repeats} g={options.Gain} x0_std=1 tau={options.TauMs / 1000} dt={options.BinWidthMs / 1000.0} T={options.DurationMs / 1000.0} ninputs=0 max_firing_rate={options.MaxRateHz} poisson train_percentage={TrainFraction}");
        SpikeDataset dataset = Simulation.Spikes(
            generator,
            TrialPieces.Take(rates, conditions),
            TrialPieces.Take(states, conditions),
            conditions,
            isValid: trial => trial % options.Repeats >= trainRepeats,
            options.BinWidthMs,
            options.Seed);
        return new Simulation(dataset, new LfadsWriteOptions
        {
            ConversionFactor = 1 / topPerBin, // truth in units of the top rate
            Generator = generator,
            WriteMore = file =>
            {
                Simulation.WriteParameters(file, options.Repeats, TrainFraction);
                file.Write<double>("/W", [options.Units, options.Units], weights);
                file.Write<double>("/P_sxn", [options.Units, options.Units], Identity(options.Units));
            },
        });
    }

    private static double[] Weights(ChaoticRnnOptions options)
    {
        var rng = new Rng(options.Seed, "recurrent weights");
        var weights = new double[options.Units * options.Units];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = rng.NextNormal() / Math.Sqrt(options.Units);
        }

        return weights;
    }

    /// <summary>x, before tanh, from the first step after the initial state: [condition, bin, unit].</summary>
    private static TrialTensor States(ChaoticRnnOptions options, double[] weights)
    {
        int units = options.Units, bins = options.DurationMs / options.BinWidthMs;
        double step = options.BinWidthMs / options.TauMs;
        var rng = new Rng(options.Seed, "initial states");
        var states = new TrialTensor(options.Conditions, bins, units);
        double[] x = new double[units], r = new double[units];
        for (int condition = 0; condition < options.Conditions; condition++)
        {
            for (int unit = 0; unit < units; unit++)
            {
                x[unit] = rng.NextNormal();
            }

            for (int bin = 0; bin < bins; bin++)
            {
                for (int unit = 0; unit < units; unit++)
                {
                    r[unit] = Math.Tanh(x[unit]);
                }

                for (int unit = 0; unit < units; unit++)
                {
                    double drive = 0;
                    for (int from = 0; from < units; from++)
                    {
                        drive += weights[(unit * units) + from] * r[from];
                    }

                    x[unit] = ((1 - step) * x[unit]) + (step * options.Gain * drive);
                    states[condition, bin, unit] = (float)x[unit];
                }
            }
        }

        return states;
    }

    /// <summary>tanh of the states, each trial and unit stretched to 0 … <paramref name="topPerBin"/>: spikes per bin.</summary>
    private static TrialTensor Rates(TrialTensor states, double topPerBin)
    {
        var rates = new TrialTensor(states.Trials, states.Bins, states.Units);
        for (int trial = 0; trial < states.Trials; trial++)
        {
            for (int unit = 0; unit < states.Units; unit++)
            {
                double low = double.PositiveInfinity, high = double.NegativeInfinity;
                for (int bin = 0; bin < states.Bins; bin++)
                {
                    double r = Math.Tanh(states[trial, bin, unit]);
                    low = Math.Min(low, r);
                    high = Math.Max(high, r);
                }

                // A unit that does not move has no range to stretch: it stays at the bottom.
                double scale = high > low ? topPerBin / (high - low) : 0;
                for (int bin = 0; bin < states.Bins; bin++)
                {
                    rates[trial, bin, unit] = (float)((Math.Tanh(states[trial, bin, unit]) - low) * scale);
                }
            }
        }

        return rates;
    }

    private static double[] Identity(int n)
    {
        var identity = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            identity[(i * n) + i] = 1;
        }

        return identity;
    }
}
