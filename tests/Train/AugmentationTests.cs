using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>A trial flipped and moved, bin by bin.</summary>
public class AugmentationTests
{
    [Theory]
    [InlineData(false, 0, new float[] { 1, 2, 3, 4, 5 })]
    [InlineData(true, 0, new float[] { 5, 4, 3, 2, 1 })]
    [InlineData(false, 2, new float[] { 0, 0, 1, 2, 3 })]
    [InlineData(false, -1, new float[] { 2, 3, 4, 5, 0 })]
    [InlineData(true, 2, new float[] { 0, 0, 5, 4, 3 })]
    [InlineData(true, -3, new float[] { 2, 1, 0, 0, 0 })]
    public void Bins_go_where_they_should_and_none_is_made_up(bool isFlipped, int shift, float[] expected)
    {
        // Two units, the second a hundred times the first: a bin moves as a whole.
        float[] trial = [.. new[] { 1f, 2, 3, 4, 5 }.SelectMany(x => new[] { x, 100 * x })];
        float[] arranged = [.. Enumerable.Repeat(-1f, trial.Length)];

        Range covered = Augmentation.Arrange(trial, 2, isFlipped, shift, arranged);

        Assert.Equal(expected.SelectMany(x => new[] { x, 100 * x }), arranged);
        (int first, int bins) = covered.GetOffsetAndLength(5);
        Assert.Equal(Enumerable.Range(0, 5).Where(t => expected[t] != 0), Enumerable.Range(first, bins));
    }
}
