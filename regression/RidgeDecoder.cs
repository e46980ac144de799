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
        if (features.Units != Weights.Length)
        {
            throw new ArgumentException($"{features.Units} features, but the decoder has {Weights.Length}", nameof(features));
        }

        var targets = new TrialTensor(features.Trials, features.Bins, Intercept.Length);
        var sum = new double[Intercept.Length];
        for (int row = 0; row < features.Trials * features.Bins; row++)
        {
            Intercept.CopyTo(sum, 0);
            for (int i = 0; i < Weights.Length; i++)
            {
                double x = features.Values[(row * Weights.Length) + i];
                double[] w = Weights[i];
                for (int j = 0; j < sum.Length; j++)
                {
                    sum[j] += w[j] * x;
                }
            }

            for (int j = 0; j < sum.Length; j++)
            {
                targets.Values[(row * sum.Length) + j] = (float)sum[j];
            }
        }

        return targets;
    }
}
