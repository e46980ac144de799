using FsCheck.Fluent;
using UnetSpikes.Infer;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Infer;

public class WindowPlanTests
{
    [Theory]
    [InlineData(50, 100)]
    [InlineData(92, 7)]   // The shortest window in which a bin is out of reach of both cuts, and there is room for a step.
    [InlineData(92, 92)]
    public void A_trial_that_fits_is_one_window(int bins, int window) =>
        Assert.Equal([new BinWindow(0, 0, bins)], WindowPlan.For(bins, window, multiple: 8, reachLeft: 42, reachRight: 42).Windows);

    [Fact]
    public void Longer_ones_are_cut_in_windows_that_the_model_pads_as_the_whole()
    {
        var plan = WindowPlan.For(bins: 303, window: 100, multiple: 8, reachLeft: 42, reachRight: 42);

        Assert.Equal(103, plan.Length); // 303 - 25 * 8
        Assert.Equal(new BinWindow(16, 61, 16), plan.Windows[1]); // 61 = 103 - 42
        Assert.Equal(new BinWindow(200, 253, 50), plan.Windows[^1]);
    }

    [Fact]
    public void Windows_lie_on_the_grid_and_keep_each_bin_once_out_of_reach_of_the_cuts() => Law.Holds(
        from bins in Gen.Choose(1, 3000)
        from window in Gen.Choose(1, 700)
        from multiple in Gen.Elements(1, 2, 4, 8, 16)
        from left in Gen.Choose(0, 90)
        from right in Gen.Choose(0, 90)
        from forward in Gen.Elements(0, 0, 1, 5, 40)
        select (bins, window, multiple, left, right, forward), 500, s => Check(s.bins, s.window, s.multiple, s.left, s.right, s.forward));

    private static bool Check(int bins, int window, int multiple, int left, int right, int forward)
    {
        var plan = WindowPlan.For(bins, window, multiple, left, right, forward);
        int fed = plan.Length - forward, kept = 0;
        foreach (BinWindow w in plan.Windows)
        {
            bool inOrder = w.First == kept && w.Count > 0;
            bool onGrid = w.Start % multiple == 0 && (bins - fed) % multiple == 0;
            bool inside = w.Start >= 0 && w.Start + fed <= bins;
            bool leftFree = w.Start == 0 || w.First - left >= w.Start;
            bool rightFree = w.Start + fed == bins || w.First + w.Count - 1 + right < w.Start + fed;
            if (!(inOrder && onGrid && inside && leftFree && rightFree))
            {
                return false;
            }

            kept += w.Count;
        }

        return kept == bins + forward && fed < Math.Max(window, left + right + multiple) + multiple;
    }
}
