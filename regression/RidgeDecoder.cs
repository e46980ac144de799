using UnetSpikes.Core;

namespace UnetSpikes.Regression;

/// <summary>A linear map from features (rates, counts) of a bin to targets (latents, behaviour) of the same bin.</summary>
public sealed record RidgeDecoder
{
    /// <summary>Weights, [feature][target]: units of the target per unit of the feature.</summary>
    public required double[][] Weights { get; init; }

    /// <summary>What is predicted where all features are 0, [target].</summary>
    public required double[] Intercept { get; init; }

    /// <summary>The penalty on the squared weights; not divided by the number of rows, features not scaled, intercept not penalised.</summary>
    public required double Alpha { get; init; }

    /// <summary>Decodes every bin.</summary>
    /// <param name="features">[trial, bin, feature].</param>
    /// <returns>[trial, bin, target]; NaN where a feature is NaN.</returns>
    /// <exception cref="ArgumentException">The decoder was fitted on another number of features.</exception>
    public TrialTensor Predict(TrialTensor features)
    {
        double[] predicted = Predict(RowSource.Of(features));
        return new TrialTensor(features.Trials, features.Bins, Intercept.Length, Array.ConvertAll(predicted, y => (float)y));
    }

    /// <summary>Decodes every row, in double precision.</summary>
    /// <param name="features">Rows of features.</param>
    /// <returns>Row-major [row, target]; NaN where a feature is NaN.</returns>
    /// <exception cref="ArgumentException">The decoder was fitted on another number of features.</exception>
    public double[] Predict(RowSource features)
    {
        if (features.Width != Weights.Length)
        {
            throw new ArgumentException($"{features.Width} features, but the decoder has {Weights.Length}", nameof(features));
        }

        var targets = new double[checked(features.Count * Intercept.Length)];
        var x = new double[features.Width];
        for (int row = 0; row < features.Count; row++)
        {
            features.Read(row, x);
            Span<double> y = targets.AsSpan(row * Intercept.Length, Intercept.Length);
            Intercept.CopyTo(y);
            for (int i = 0; i < x.Length; i++)
            {
                double[] w = Weights[i];
                for (int j = 0; j < y.Length; j++)
                {
                    y[j] += w[j] * x[i];
                }
            }
        }

        return targets;
    }
}
