using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using UnetSpikes.Core;

namespace UnetSpikes.Regression;

/// <summary>The directions along which features vary most, every bin of every trial being one observation.</summary>
/// <param name="Mean">Of each feature.</param>
/// <param name="Axes">[component][feature]: orthonormal, the largest variance first; the largest weight of each is positive.</param>
/// <param name="VarianceShare">Share of the total variance along each axis, 0 to 1.</param>
public sealed record PrincipalComponents(double[] Mean, double[][] Axes, double[] VarianceShare)
{
    /// <summary>Finds the first components.</summary>
    /// <param name="features">[trial, bin, feature], finite.</param>
    /// <param name="components">How many; at most the features are returned.</param>
    public static PrincipalComponents Of(TrialTensor features, int components)
    {
        int p = features.Units;
        double[] mean = PoissonLikelihood.MeanRates(features);
        var covariance = Matrix<double>.Build.Dense(p, p);
        var row = new double[p];
        for (int start = 0; start < features.Values.Length; start += p)
        {
            for (int i = 0; i < p; i++)
            {
                row[i] = features.Values[start + i] - mean[i];
                for (int j = 0; j <= i; j++)
                {
                    covariance[i, j] += row[i] * row[j];
                }
            }
        }

        for (int i = 0; i < p; i++)
        {
            for (int j = 0; j < i; j++)
            {
                covariance[j, i] = covariance[i, j];
            }
        }

        Evd<double> evd = covariance.Evd(Symmetricity.Symmetric); // Eigenvalues ascend.
        double total = covariance.Trace();
        int[] order = [.. Enumerable.Range(1, Math.Min(components, p)).Select(k => p - k)];
        return new PrincipalComponents(
            mean,
            [.. order.Select(k => WithSign(evd.EigenVectors.Column(k).ToArray()))],
            [.. order.Select(k => total > 0 ? Math.Max(0, evd.EigenValues[k].Real) / total : 0)]);
    }

    /// <summary>Coordinates along the axes.</summary>
    /// <param name="features">[trial, bin, feature], as many features as there were.</param>
    /// <returns>[trial, bin, component].</returns>
    public TrialTensor Project(TrialTensor features) => new RidgeDecoder
    {
        Weights = [.. Enumerable.Range(0, Mean.Length).Select(i => Axes.Select(axis => axis[i]).ToArray())],
        Intercept = [.. Axes.Select(axis => -axis.Zip(Mean, (w, m) => w * m).Sum())],
        Alpha = 0,
    }.Predict(features);

    private static double[] WithSign(double[] axis)
    {
        double largest = axis.MaxBy(Math.Abs);
        return largest < 0 ? [.. axis.Select(w => -w)] : axis;
    }
}
