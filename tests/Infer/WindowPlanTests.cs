using FsCheck.Fluent;
using UnetSpikes.Infer;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Infer;

public class WindowPlanTests
{
    [Fact]
    public void A_trial_that_fits_is_one_window_with_the_models_own_padding_around_it()
    {
        var plan = WindowPlan.For(bins: 50, window: 100, multiple: 8, reachLeft: 42, reachRight: 42);

        Assert.Equal(57, plan.Length); // (1 - 50) mod 8 = 7 zeros, 3 of them before
        Assert.Equal([new BinWindow(-3, 0, 50)], plan.Windows);
    }

    [Fact]
    public void A_model_without_a_grid_is_padded_nowhere() =>
        Assert.Equal([new BinWindow(0, 0, 7)], WindowPlan.For(7, 10, multiple: 1, reachLeft: 6, reachRight: 6).Windows);

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
        int predicted = bins + forward;
        int padding = ((1 - predicted) % multiple + multiple) % multiple;
        int begin = -(padding / 2), end = begin + predicted + padding;
        int kept = 0;
        foreach (BinWindow w in plan.Windows)
        {
            bool inOrder = w.First == kept && w.Count > 0;
            bool onGrid = (w.Start - begin) % multiple == 0 && (plan.Length - 1) % multiple == 0;
            bool inside = w.Start >= begin && w.Start + plan.Length <= end;
            bool leftFree = w.Start == begin || w.First - left >= w.Start;
            bool rightFree = w.Start + plan.Length == end || w.First + w.Count - 1 + right < w.Start + plan.Length - forward;
            bool hasCounts = plan.Length > forward && w.Start < bins;
            if (!(inOrder && onGrid && inside && leftFree && rightFree && hasCounts))
            {
                return false;
            }

            kept += w.Count;
        }

        int longest = Math.Max(((window + forward - 1 + multiple - 1) / multiple * multiple) + 1, left + right + forward + (3 * multiple) + 1);
        return kept == predicted && plan.Length <= longest;
    }
}
