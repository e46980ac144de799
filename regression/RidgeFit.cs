using MathNet.Numerics.LinearAlgebra;
using UnetSpikes.Core;

namespace UnetSpikes.Regression;

/// <summary>Ridge regression in closed form: min Σ|y − xW − b|² + α|W|², with α chosen by cross-validation over trials.</summary>
/// <remarks>
/// As scikit-learn's <c>Ridge</c> inside <c>GridSearchCV</c>: folds are contiguous blocks of trials in order (the first n mod k are
/// one longer), a fold's score is R² averaged over targets, the best mean over folds wins, the smallest α on a tie, and the
/// winner is fitted again on everything.
/// </remarks>
/// <param name="Decoder">Fitted on all training trials with the winning α.</param>
/// <param name="Alphas">What was tried, ascending.</param>
/// <param name="CvR2">Mean R² over folds of each α.</param>
/// <param name="Rows">Training bins used.</param>
/// <param name="RowsLeftOut">Training bins with a NaN among features or targets.</param>
public sealed record RidgeFit(RidgeDecoder Decoder, double[] Alphas, double[] CvR2, long Rows, long RowsLeftOut)
{
    /// <summary>The winning α's cross-validated R².</summary>
    public double BestCvR2 => CvR2[Array.IndexOf(Alphas, Decoder.Alpha)];

    /// <summary>True when the winner is the smallest or largest α tried: the best one may lie beyond.</summary>
    public bool IsAlphaAtEdge => Alphas.Length > 1 && (Decoder.Alpha == Alphas[0] || Decoder.Alpha == Alphas[^1]);

    /// <summary>Fits with one α, nothing to choose.</summary>
    /// <param name="features">[trial, bin, feature].</param>
    /// <param name="targets">[trial, bin, target], same trials and bins; rows with a NaN are left out.</param>
    /// <param name="alpha">At least 0; 0 is least squares, of smallest weights where features are dependent.</param>
    /// <exception cref="ArgumentException">Trials or bins differ, or α is negative.</exception>
    public static RidgeDecoder WithAlpha(TrialTensor features, TrialTensor targets, double alpha)
    {
        RequireSameTrials(features, targets);
        return WithAlpha(RowSource.Of(features), RowSource.Of(targets), alpha);
    }

    /// <summary>Fits with one α, nothing to choose.</summary>
    /// <param name="features">Rows of features.</param>
    /// <param name="targets">As many rows of targets; rows with a NaN are left out.</param>
    /// <param name="alpha">At least 0; 0 is least squares, of smallest weights where features are dependent.</param>
    /// <exception cref="ArgumentException">The numbers of rows differ, or α is negative.</exception>
    public static RidgeDecoder WithAlpha(RowSource features, RowSource targets, double alpha)
    {
        Check(features, targets, [alpha]);
        (double[] X, double[] Y) origin = RidgeMoments.Origin(features, targets);
        return Solve(RidgeMoments.Of(features, targets, origin, Range.All), origin, alpha);
    }

    /// <summary>Fits with each of several α, the intercept penalised as the weights are: min Σ|y − xW − b|² + α(|W|² + |b|²).</summary>
    /// <remarks>Predictions go to 0 as α grows, not to the mean. It is what nlb_tools' tests do; for decoding use the others.</remarks>
    /// <param name="features">[trial, bin, feature].</param>
    /// <param name="targets">[trial, bin, target], same trials and bins; rows with a NaN are left out.</param>
    /// <param name="alphas">Each above 0.</param>
    /// <returns>A decoder for each α, in their order.</returns>
    /// <exception cref="ArgumentException">Trials or bins differ, or an α is not above 0.</exception>
    public static RidgeDecoder[] PenalisingIntercept(TrialTensor features, TrialTensor targets, IReadOnlyList<double> alphas)
    {
        RequireSameTrials(features, targets);
        int p = features.Units, d = targets.Units;
        (RowSource x, RowSource y) = (RowSource.Of(features), RowSource.Of(targets));
        Check(x, y, alphas);
        var m = RidgeMoments.Of(x, y, (new double[p], new double[d]), Range.All);
        return [.. alphas.Select(alpha =>
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha, nameof(alphas));
            // The intercept is the weight of a further feature that is 1 in every row.
            Matrix<double> gram = Matrix<double>.Build.Dense(p + 1, p + 1, (i, j) => (i, j) switch
            {
                _ when i < p && j < p => m.XX[(i * p) + j],
                _ when i < p => m.X[i],
                _ when j < p => m.X[j],
                _ => m.Rows,
            } + (i == j ? alpha : 0));
            Matrix<double> cross = Matrix<double>.Build.Dense(p + 1, d, (i, j) => i < p ? m.XY[(i * d) + j] : m.Y[j]);
            double[][] weights = SolveSymmetric(gram, cross).ToRowArrays();
            return new RidgeDecoder { Weights = weights[..p], Intercept = weights[p], Alpha = alpha };
        })];
    }

    /// <summary>Chooses α by cross-validation and fits with it.</summary>
    /// <param name="features">[trial, bin, feature].</param>
    /// <param name="targets">[trial, bin, target], same trials and bins; rows with a NaN are left out.</param>
    /// <param name="alphas">What to try, each at least 0.</param>
    /// <param name="folds">Contiguous blocks of trials, from 2 to the number of trials.</param>
    /// <exception cref="ArgumentException">Trials or bins differ, no α was given, or one is negative.</exception>
    public static RidgeFit CrossValidated(TrialTensor features, TrialTensor targets, IReadOnlyList<double> alphas, int folds)
    {
        RequireSameTrials(features, targets);
        return CrossValidated(RowSource.Of(features), RowSource.Of(targets), alphas, FoldsOfTrials(features.Trials, features.Bins, folds));
    }

    /// <summary>Chooses α by cross-validation and fits with it.</summary>
    /// <param name="features">Rows of features.</param>
    /// <param name="targets">As many rows of targets; rows with a NaN are left out.</param>
    /// <param name="alphas">What to try, each at least 0.</param>
    /// <param name="folds">The rows each fold holds out; together all of them.</param>
    /// <exception cref="ArgumentException">The numbers of rows differ, no α was given, or one is negative.</exception>
    public static RidgeFit CrossValidated(RowSource features, RowSource targets, IReadOnlyList<double> alphas, IReadOnlyList<Range> folds)
    {
        Check(features, targets, alphas);
        (double[] X, double[] Y) origin = RidgeMoments.Origin(features, targets);
        RidgeMoments[] held = [.. folds.Select(rows => RidgeMoments.Of(features, targets, origin, rows))];
        RidgeMoments all = held.Aggregate((sum, fold) => sum.Plus(fold, +1));
        RidgeMoments[] kept = [.. held.Select(fold => all.Plus(fold, -1))];

        double[] ascending = [.. alphas.Distinct().Order()];
        double[] scores = [.. ascending.Select(alpha => kept.Zip(held, (train, test) => R2(Solve(train, origin, alpha), test, origin)).Average())];
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            best = scores[i] > scores[best] ? i : best;
        }

        long used = (long)all.Rows;
        return new RidgeFit(Solve(all, origin, ascending[best]), ascending, scores, used, features.Count - used);
    }

    /// <summary>Contiguous blocks of rows in order, the first n mod k one longer.</summary>
    /// <param name="rows">n.</param>
    /// <param name="folds">k, from 2 to n.</param>
    public static IReadOnlyList<Range> Folds(int rows, int folds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(folds, rows);
        var ranges = new List<Range>();
        for (int start = 0; ranges.Count < folds;)
        {
            int end = start + (rows / folds) + (ranges.Count < rows % folds ? 1 : 0);
            ranges.Add(start..end);
            start = end;
        }

        return ranges;
    }

    /// <summary>As <see cref="Folds"/>, of whole trials: the rows of each block of trials.</summary>
    /// <param name="trials">Number of trials.</param>
    /// <param name="bins">Rows of each.</param>
    /// <param name="folds">From 2 to the number of trials.</param>
    public static IReadOnlyList<Range> FoldsOfTrials(int trials, int bins, int folds) =>
        [.. Folds(trials, folds).Select(block => (block.Start.Value * bins)..(block.End.Value * bins))];

    private static RidgeDecoder Solve(RidgeMoments m, (double[] X, double[] Y) origin, double alpha)
    {
        int p = m.X.Length;
        int d = m.Y.Length;
        double n = Math.Max(m.Rows, 1);
        Matrix<double> gram = Matrix<double>.Build.Dense(p, p, (i, j) => m.XX[(i * p) + j] - (m.X[i] * m.X[j] / n) + (i == j ? alpha : 0));
        Matrix<double> cross = Matrix<double>.Build.Dense(p, d, (i, j) => m.XY[(i * d) + j] - (m.X[i] * m.Y[j] / n));
        Matrix<double> weights = SolveSymmetric(gram, cross);

        // Back from rows about the origin: y = y₀ + mean + (x − x₀ − mean)·W.
        var intercept = new double[d];
        for (int j = 0; j < d; j++)
        {
            intercept[j] = origin.Y[j] + (m.Y[j] / n);
            for (int i = 0; i < p; i++)
            {
                intercept[j] -= (origin.X[i] + (m.X[i] / n)) * weights[i, j];
            }
        }

        return new RidgeDecoder { Weights = weights.ToRowArrays(), Intercept = intercept, Alpha = alpha };
    }

    /// <summary>Cholesky; where the matrix is not positive definite (α = 0 and a silent or repeated unit), the pseudo-inverse.</summary>
    private static Matrix<double> SolveSymmetric(Matrix<double> gram, Matrix<double> cross)
    {
        double largest = gram.Diagonal().AbsoluteMaximum();
        if (largest == 0)
        {
            return Matrix<double>.Build.Dense(cross.RowCount, cross.ColumnCount); // Nothing varies: no weight says anything.
        }

        try
        {
            var cholesky = gram.Cholesky();
            if (cholesky.Factor.Diagonal().AbsoluteMinimum() > 1e-7 * Math.Sqrt(largest))
            {
                return cholesky.Solve(cross);
            }
        }
        catch (ArgumentException)
        {
            // MathNet's word for "not positive definite".
        }

        return gram.PseudoInverse() * cross;
    }

    /// <summary>R² on held-out rows, averaged over targets, from their sums alone; 0 counts for a constant target missed, 1 for one met.</summary>
    private static double R2(RidgeDecoder decoder, RidgeMoments test, (double[] X, double[] Y) origin)
    {
        int p = test.X.Length;
        int d = test.Y.Length;
        double sum = 0;
        for (int j = 0; j < d; j++)
        {
            // The intercept for rows about the origin.
            double b = decoder.Intercept[j] - origin.Y[j];
            for (int i = 0; i < p; i++)
            {
                b += origin.X[i] * decoder.Weights[i][j];
            }

            // Σ(y − xw − b)² = Σy² + wᵀΣxxᵀw + nb² − 2w·Σxy − 2bΣy + 2b w·Σx
            double residual = test.YY[j] + (test.Rows * b * b) - (2 * b * test.Y[j]);
            for (int i = 0; i < p; i++)
            {
                double w = decoder.Weights[i][j];
                double quadratic = 0;
                for (int k = 0; k < p; k++)
                {
                    quadratic += test.XX[(i * p) + k] * decoder.Weights[k][j];
                }

                residual += w * (quadratic - (2 * test.XY[(i * d) + j]) + (2 * b * test.X[i]));
            }

            double total = test.YY[j] - (test.Y[j] * test.Y[j] / Math.Max(test.Rows, 1));
            sum += R2Score.Of(residual, total);
        }

        return sum / d;
    }

    private static void RequireSameTrials(TrialTensor features, TrialTensor targets)
    {
        if (features.Trials != targets.Trials || features.Bins != targets.Bins)
        {
            throw new ArgumentException($"features are {features}, targets {targets}: trials and bins must agree", nameof(targets));
        }
    }

    private static void Check(RowSource features, RowSource targets, IReadOnlyList<double> alphas)
    {
        if (features.Count != targets.Count)
        {
            throw new ArgumentException($"{features.Count} rows of features, {targets.Count} of targets", nameof(targets));
        }

        if (alphas.Count == 0 || alphas.Any(alpha => !(alpha >= 0 && double.IsFinite(alpha))))
        {
            throw new ArgumentException("expected penalties of at least 0", nameof(alphas));
        }
    }
}
