using UnetSpikes.Core;
using UnetSpikes.Regression;
using Xunit;

namespace UnetSpikes.Tests.Regression;

public class PrincipalComponentsTests
{
    [Fact]
    public void A_plane_in_four_dimensions_is_found_with_its_shares()
    {
        // Along a with standard deviation 3, along b with 1, both of length 1 and at right angles.
        double[] a = [0.5, 0.5, 0.5, 0.5], b = [0.5, -0.5, 0.5, -0.5];
        var rng = new Rng(3, "pca");
        var features = new TrialTensor(20, 50, 4);
        for (int row = 0; row < 1000; row++)
        {
            double x = 3 * rng.NextNormal(), y = rng.NextNormal();
            for (int i = 0; i < 4; i++)
            {
                features.Values[(row * 4) + i] = (float)(7 + (x * a[i]) + (y * b[i]));
            }
        }

        var components = PrincipalComponents.Of(features, 3);

        Assert.Equal(1, Math.Abs(Dot(components.Axes[0], a)), 2);
        Assert.Equal(1, Math.Abs(Dot(components.Axes[1], b)), 2);
        Assert.Equal(0.9, components.VarianceShare[0], 0.03);
        Assert.Equal(0, components.VarianceShare[2], 6);
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                Assert.Equal(i == j ? 1 : 0, Dot(components.Axes[i], components.Axes[j]), 9);
            }

            Assert.True(components.Axes[i].MaxBy(Math.Abs) > 0);
        }
    }

    [Fact]
    public void Projections_are_centred_and_lose_nothing_of_a_plane()
    {
        var rng = new Rng(4, "pca");
        var features = new TrialTensor(3, 10, 5);
        for (int row = 0; row < 30; row++)
        {
            float x = rng.NextSingle(), y = rng.NextSingle();
            float[] values = [x, y, x + y, x - y, 2];
            values.CopyTo(features.Values.AsSpan(row * 5));
        }

        var components = PrincipalComponents.Of(features, 2);
        TrialTensor projected = components.Project(features);

        Assert.Equal((3, 10, 2), (projected.Trials, projected.Bins, projected.Units));
        Assert.Equal(0, projected.Values.Average(), 1e-5);
        for (int i = 0; i < features.Values.Length; i++)
        {
            int row = i / 5, unit = i % 5;
            double rebuilt = components.Mean[unit] + (projected.Values[row * 2] * components.Axes[0][unit]) + (projected.Values[(row * 2) + 1] * components.Axes[1][unit]);
            Assert.Equal(features.Values[i], rebuilt, 1e-5);
        }
    }

    private static double Dot(double[] x, double[] y) => x.Zip(y, (p, q) => p * q).Sum();
}
