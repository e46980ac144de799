using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Tests.Data;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>From trials to the graph's batches: what is hidden stays hidden, axes turn as they say, each trial has its turn.</summary>
public class BatchTests
{
    [Fact]
    public void Nothing_hidden_reaches_the_input_and_the_weights_sum_to_one()
    {
        TrialTensor counts = Numbered(trials: 5, bins: 4, units: 3);
        int[] trials = [3, 0];
        bool[] mask = [.. Enumerable.Range(0, 24).Select(i => i % 5 == 1)];
        float[] input = new float[24], weights = new float[24], weighted = new float[24];

        MaskedBatch.Fill(counts, trials, mask, visibleScale: 1, input, weights, weighted);

        for (int unit = 0, at = 0; unit < 3; unit++)
        {
            for (int bin = 0; bin < 4; bin++)
            {
                for (int b = 0; b < 2; b++, at++)
                {
                    float count = counts.Values[(((trials[b] * 4) + bin) * 3) + unit];
                    bool isHidden = mask[(((b * 4) + bin) * 3) + unit];
                    Assert.Equal(isHidden ? 0 : count, input[at]);
                    Assert.Equal(isHidden ? 1 / 5f : 0, weights[at]);
                    Assert.Equal(isHidden ? 1 / 5f * count : 0, weighted[at]);
                }
            }
        }

        Assert.Equal(1, weights.Sum(w => (double)w), 1e-6);
    }

    /// <summary>Two data sets that differ only where it is hidden give the same input, bit for bit.</summary>
    [Fact]
    public void Hidden_counts_cannot_be_told_from_the_input()
    {
        TrialTensor counts = Numbered(trials: 6, bins: 7, units: 5), other = Numbered(trials: 6, bins: 7, units: 5);
        int[] trials = [0, 1, 2, 3, 4, 5];
        var mask = new bool[6 * 7 * 5];
        new Masking(MaskMode.Entry, 0.4).Draw(mask, 6, 7, 5, new Rng(2, "masks"));
        for (int i = 0; i < mask.Length; i++)
        {
            other.Values[i] = mask[i] ? -99 : other.Values[i];
        }

        float[][] inputs = [.. new[] { counts, other }.Select(data =>
        {
            var input = new float[mask.Length];
            MaskedBatch.Fill(data, trials, mask, 1.25f, input, new float[mask.Length], new float[mask.Length]);
            return input;
        })];

        Assert.Equal(inputs[0], inputs[1]);
        Assert.Contains(1.25f * counts.Values[Array.IndexOf(mask, false)], inputs[0]);
    }

    [Fact]
    public void Gathering_and_scattering_is_the_identity() => Law.Holds(
        from trials in Gen.Choose(1, 6)
        from bins in Gen.Choose(1, 7)
        from units in Gen.Choose(1, 5)
        from spare in Gen.Choose(0, 3)
        select (trials, bins, units, spare),
        100,
        size =>
        {
            TrialTensor source = Numbered(size.trials, size.bins, size.units);
            var target = new TrialTensor(size.trials, size.bins, size.units);
            int batch = size.trials + size.spare;
            float[] values = [.. Enumerable.Repeat(-1f, batch * size.bins * size.units)];
            int[] trials = [.. Enumerable.Range(0, size.trials).Reverse()];
            TrialBatch.Gather(source, trials, batch, values);
            TrialBatch.Scatter(values, batch, target, trials);
            bool isPadded = Enumerable.Range(0, values.Length).All(i => i % batch < size.trials || values[i] == 0);
            return isPadded && source.Values.AsSpan().SequenceEqual(target.Values);
        });

    [Fact]
    public void A_batch_that_does_not_fit_is_refused()
    {
        TrialTensor source = Numbered(2, 3, 4);

        Assert.Throws<ArgumentException>(() => TrialBatch.Gather(source, [0, 1], batch: 1, new float[12]));
        Assert.Throws<ArgumentException>(() => TrialBatch.Gather(source, [0], batch: 1, new float[13]));
        Assert.Throws<ArgumentException>(() => TrialBatch.Scatter(new float[11], 1, source, [0]));
    }

    [Theory]
    [InlineData(10, 4)]
    [InlineData(7, 7)]
    [InlineData(3, 1)]
    [InlineData(5, 8)]
    public void Each_trial_comes_once_before_any_comes_again(int trials, int batch)
    {
        var sampler = new TrialSampler(trials, new Rng(1, "trials"));
        var dealt = new List<int>();
        var next = new int[batch];
        while (dealt.Count < 6 * trials)
        {
            sampler.Next(next);
            dealt.AddRange(next);
        }

        int[][] epochs = [.. dealt.Chunk(trials).Take(6)];
        Assert.All(epochs, epoch => Assert.Equal(Enumerable.Range(0, trials), epoch.Order()));
        Assert.True(epochs.Select(e => string.Join(' ', e)).Distinct().Count() > 1, "every epoch has the same order");
    }

    [Fact]
    public void A_saved_position_goes_on_as_if_it_had_never_stopped()
    {
        for (int before = 0; before < 25; before++)
        {
            var sampler = new TrialSampler(10, new Rng(4, "trials"));
            sampler.Next(new int[before]);
            var resumed = new TrialSampler(10, sampler.Position);
            int[] expected = new int[33], actual = new int[33];

            sampler.Next(expected);
            resumed.Next(actual);

            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void A_position_beyond_the_trials_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => new TrialSampler(3, new SamplerPosition(new Rng(1, "trials").State, 4)));

    private static TrialTensor Numbered(int trials, int bins, int units) =>
        new(trials, bins, units, [.. Enumerable.Range(1, trials * bins * units).Select(i => (float)i)]);
}
