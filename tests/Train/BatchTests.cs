using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Tests.Data;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>From trials to the graph's batches: axes turn as they say, each trial has its turn.</summary>
public class BatchTests
{
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
