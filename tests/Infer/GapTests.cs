using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Infer;

/// <summary>Gaps stay gaps and reach no further than the model does.</summary>
public sealed class GapTests : IDisposable
{
    private const int Reach = 9; // Of the pyramid, each way.

    private readonly Recordings _recordings = new();

    public void Dispose() => _recordings.Dispose();

    [Theory]
    [InlineData("pyramid")]
    [InlineData("whole")]
    public void A_gap_is_NaN_where_it_is_and_zeros_to_all_others(string model) => Law.Holds(
        from bins in Gen.Choose(1, 200)
        from window in Gen.Choose(1, 100)
        from share in Gen.Choose(1, 60)
        select (bins, window, share), 25, s =>
        {
            TrialTensor gaps = Recordings.Counts(2, s.bins, (ulong)s.bins), zeros = Copy(gaps);
            var rng = new Rng((ulong)s.share, "gaps");
            for (int i = 0; i < gaps.Values.Length; i++)
            {
                if (rng.NextInt(100) < s.share)
                {
                    (gaps.Values[i], zeros.Values[i]) = (float.NaN, 0);
                }
            }

            int window = model == "whole" ? 200 : s.window;
            TrialTensor rates = Rates(gaps, window, model), expected = Rates(zeros, window, model);
            return Enumerable.Range(0, gaps.Values.Length).All(i => float.IsNaN(gaps.Values[i]) ? float.IsNaN(rates.Values[i]) : rates.Values[i] == expected.Values[i]);
        });

    [Fact]
    public void What_is_on_the_far_side_of_a_gap_as_wide_as_the_reach_changes_nothing_on_this_side() => Law.Holds(
        from before in Gen.Choose(1, 120)
        from gap in Gen.Choose(Reach, 40)
        from after in Gen.Choose(1, 120)
        from window in Gen.Choose(1, 100)
        select (before, gap, after, window), 40, s =>
        {
            TrialTensor one = Recordings.Counts(1, s.before + s.gap + s.after, seed: 1);
            one.Trial(0).Slice(s.before * 4, s.gap * 4).Fill(float.NaN);
            TrialTensor changedAfter = Copy(one), changedBefore = Copy(one);
            changedAfter.Trial(0)[((s.before + s.gap) * 4)..].Fill(100);
            changedBefore.Trial(0)[..(s.before * 4)].Fill(100);

            float[] rates = Rates(one, s.window).Values, afterChanged = Rates(changedAfter, s.window).Values, beforeChanged = Rates(changedBefore, s.window).Values;

            int gapStart = s.before * 4, gapEnd = (s.before + s.gap) * 4;
            return rates.AsSpan(0, gapStart).SequenceEqual(afterChanged.AsSpan(0, gapStart))
                && rates.AsSpan(gapEnd).SequenceEqual(beforeChanged.AsSpan(gapEnd))
                && !rates.AsSpan(0, gapStart).SequenceEqual(beforeChanged.AsSpan(0, gapStart));
        });

    [Fact]
    public void A_gap_narrower_than_the_reach_lets_the_far_side_through()
    {
        // What the law above would miss if the model were blind: a third of the reach, and the other side shows.
        TrialTensor one = Recordings.Counts(1, 101), other = Copy(one);
        one.Trial(0).Slice(50 * 4, Reach / 3 * 4).Fill(float.NaN);
        other.Trial(0).Slice(50 * 4, Reach / 3 * 4).Fill(float.NaN);
        other.Trial(0)[((50 + (Reach / 3)) * 4)..].Fill(100);

        Assert.NotEqual(Rates(one, 101).Trial(0)[..(50 * 4)].ToArray(), Rates(other, 101).Trial(0)[..(50 * 4)].ToArray());
    }

    [Fact]
    public void With_a_model_of_whole_trials_a_gap_reaches_its_trial_and_no_other()
    {
        TrialTensor whole = Recordings.Counts(3, 80), gap = Copy(whole);
        gap.Trial(1)[..(20 * 4)].Fill(float.NaN);

        TrialTensor expected = Rates(whole, 80, "whole"), rates = Rates(gap, 80, "whole");

        Assert.Equal(expected.Trial(0).ToArray(), rates.Trial(0).ToArray());
        Assert.Equal(expected.Trial(2).ToArray(), rates.Trial(2).ToArray());
        Assert.NotEqual(expected[1, 79, 0], rates[1, 79, 0]);
        Assert.DoesNotContain(rates.Trial(1)[(20 * 4)..].ToArray(), float.IsNaN);
    }

    private static TrialTensor Copy(TrialTensor counts) => new(counts.Trials, counts.Bins, counts.Units, [.. counts.Values]);

    private TrialTensor Rates(TrialTensor counts, int window, string model = "pyramid")
    {
        string path = _recordings.Write(counts);
        (int code, _, string error) = Recordings.Run(
            "--model", Recordings.Model(model), "--input", path, "--out", _recordings.Out, "--quiet", "--threads", "1", "--device", "cpu", "--force",
            "--window", window.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal((0, ""), (code, error));
        return _recordings.Rates()["rates"];
    }
}
