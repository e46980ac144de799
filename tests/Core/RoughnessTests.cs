using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Core;

public class RoughnessTests
{
    [Fact]
    public void Is_the_ratio_written_out()
    {
        // Two trials of three bins and two units; sums over both: changes 1+4, 4+0, 1+1, 0+9; deviations by hand below.
        float[] values = [1, 5, 2, 7, 4, 7, 0, 3, 1, 3, 0, 6];
        double changes = 0, deviations = 0;
        for (int trial = 0; trial < 2; trial++)
        {
            for (int unit = 0; unit < 2; unit++)
            {
                double[] curve = [.. Enumerable.Range(0, 3).Select(bin => (double)values[(trial * 6) + (bin * 2) + unit])];
                changes += Math.Pow(curve[1] - curve[0], 2) + Math.Pow(curve[2] - curve[1], 2);
                deviations += curve.Sum(v => Math.Pow(v - curve.Average(), 2));
            }
        }

        Assert.Equal(changes / deviations, Roughness.Of(new TrialTensor(2, 3, 2, values)), 12);
    }

    [Fact]
    public void Is_two_for_white_noise_and_near_zero_for_a_slow_wave()
    {
        var rng = new Rng(1, "roughness");
        TrialTensor noise = Filled(_ => rng.NextDouble());
        TrialTensor wave = Filled(bin => Math.Sin(2 * Math.PI * bin / 500));

        Assert.Equal(2, Roughness.Of(noise), 0.1);
        Assert.InRange(Roughness.Of(wave), 1e-6, 1e-3);
    }

    [Fact]
    public void Leaves_out_gaps_and_says_nothing_of_constants()
    {
        Assert.True(double.IsNaN(Roughness.Of(Filled(_ => 3))));
        // 1, gap, 2, 4: one change (2), mean 7/3.
        var gap = new TrialTensor(1, 4, 1, [1, float.NaN, 2, 4]);
        double deviations = new[] { 1.0, 2, 4 }.Sum(v => Math.Pow(v - (7 / 3.0), 2));
        Assert.Equal(4 / deviations, Roughness.Of(gap), 6);
    }

    private static TrialTensor Filled(Func<int, double> value)
    {
        var tensor = new TrialTensor(4, 500, 3);
        for (int i = 0; i < tensor.Values.Length; i++)
        {
            tensor.Values[i] = (float)value(i / 3 % 500);
        }

        return tensor;
    }
}
