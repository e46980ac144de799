using System.Text.Json;
using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Core;

public class PoissonLikelihoodTests
{
    // exp and log of float32 values in double, summed over 120 bins.
    private const double Tolerance = 1e-9;

    private static readonly JsonElement Golden = ScoreGolden.Read("metrics.json").GetProperty("poisson");

    [Fact]
    public void Likelihood_of_rates_is_scipys_with_zero_rates_floored_and_gaps_left_out()
    {
        float[] rates = Golden.Floats("rates");
        float[] counts = Golden.Floats("counts");

        Assert.Equal(Golden.Double("nll"), PoissonLikelihood.OfRates(rates, counts), Tolerance);
        Assert.Equal(Golden.Double("nll_without_factorial"), PoissonLikelihood.OfRates(rates, counts, withLogFactorial: false), Tolerance);
    }

    [Fact]
    public void Likelihood_of_log_rates_is_scipys()
    {
        float[] logRates = Golden.Floats("log_rates");
        float[] counts = Golden.Floats("counts");

        Assert.Equal(Golden.Double("log_nll"), PoissonLikelihood.OfLogRates(logRates, counts), Tolerance);
        Assert.Equal(Golden.Double("log_nll_without_factorial"), PoissonLikelihood.OfLogRates(logRates, counts, withLogFactorial: false), Tolerance);
    }

    [Fact]
    public void Bits_per_spike_follow_the_benchmarks_formula()
    {
        TrialTensor counts = Golden.Tensor("counts");

        Assert.Equal(Golden.Double("bits_per_spike"), PoissonLikelihood.BitsPerSpike(Golden.Tensor("rates"), counts), Tolerance);
        Assert.Equal(Golden.Double("bits_per_spike_of_log_rates"), PoissonLikelihood.BitsPerSpikeOfLogRates(Golden.Tensor("log_rates"), counts), Tolerance);
    }

    [Fact]
    public void The_mean_rate_has_no_bits_per_spike()
    {
        var counts = new TrialTensor(1, 4, 2, [1, 0, 0, 0, 3, 0, 0, 0]);
        var mean = new TrialTensor(1, 4, 2, [1, 0, 1, 0, 1, 0, 1, 0]);

        Assert.Equal(0, PoissonLikelihood.BitsPerSpike(mean, counts), 1e-8);
    }

    [Fact]
    public void Inputs_are_not_altered()
    {
        TrialTensor rates = Golden.Tensor("rates");
        float[] before = [.. rates.Values];

        _ = PoissonLikelihood.BitsPerSpike(rates, Golden.Tensor("counts"));

        Assert.Equal(before, rates.Values);
    }

    [Fact]
    public void A_log_rate_of_minus_infinity_is_a_rate_of_zero()
    {
        float[] counts = [0, 2];

        Assert.Equal(
            PoissonLikelihood.OfRates([0, 0], counts),
            PoissonLikelihood.OfLogRates([float.NegativeInfinity, float.NegativeInfinity], counts));
    }

    [Fact]
    public void A_missing_rate_of_a_counted_bin_gives_NaN_and_no_spikes_give_NaN()
    {
        Assert.True(double.IsNaN(PoissonLikelihood.OfRates([float.NaN], [1])));
        Assert.True(double.IsNaN(PoissonLikelihood.BitsPerSpike(new TrialTensor(1, 2, 1, [1, 1]), new TrialTensor(1, 2, 1))));
    }

    [Fact]
    public void The_factorial_is_scipys_gammaln() =>
        ScoreGolden.Close(Golden.Doubles("log_factorial"), Golden.Doubles("n").Select(PoissonLikelihood.LogFactorial), 1e-13);

    [Fact]
    public void Negative_rates_and_different_lengths_are_refused()
    {
        Assert.Contains("log-rates", Assert.Throws<ArgumentException>(() => PoissonLikelihood.OfRates([-0.5f], [0])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => PoissonLikelihood.OfRates([1f, 1f], [0f]));
        Assert.Throws<ArgumentException>(() => PoissonLikelihood.OfLogRates([1], [0, 0]));
        Assert.Throws<ArgumentException>(() => PoissonLikelihood.BitsPerSpike(new TrialTensor(1, 2, 1), new TrialTensor(1, 1, 2)));
    }
}
