using FsCheck.Fluent;
using UnetSpikes.Infer;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Infer;

public class GapCountTests
{
    [Fact]
    public void Bins_near_a_gap_are_those_whose_receptive_field_holds_it() => Law.Holds(
        from bins in Gen.Choose(1, 60)
        from left in Gen.Choose(0, 9)
        from right in Gen.Choose(0, 9)
        from gaps in Gen.SubListOf(Enumerable.Range(0, bins))
        select (bins, left, right, gaps: gaps.ToHashSet()), 500, s =>
        {
            var count = new GapCount(s.bins, s.left, s.right);
            foreach (int gap in s.gaps.Order())
            {
                count.Add(gap);
            }

            int near = Enumerable.Range(0, s.bins).Count(t => !s.gaps.Contains(t) && s.gaps.Any(g => t - s.left <= g && g <= t + s.right));
            return count.Gaps == s.gaps.Count && count.NearGaps == near;
        });
}
