using UnetSpikes.Core;
using UnetSpikes.Regression;

namespace UnetSpikes.Nlb.Scores;

/// <summary>Trials to fit or to judge a velocity decoder on.</summary>
/// <param name="Rates">Of all units, held-in before held-out: the features.</param>
/// <param name="Behavior">Velocity, same trials and bins; bins whose first column is NaN are left out.</param>
/// <param name="Masks">[mask][trial]: true = the mask's decoder is for this trial.</param>
public sealed record VelocityTrials(TrialArray Rates, TrialArray Behavior, bool[][] Masks)
{
    /// <summary>One mask with every trial in it: what holds for data sets that have none.</summary>
    /// <param name="trials">Number of trials.</param>
    public static bool[][] EveryTrial(int trials) => [[.. Enumerable.Repeat(true, trials)]];

    /// <summary>The rows (bins of trials) of one mask whose behaviour is known.</summary>
    /// <param name="mask">Which mask.</param>
    public int[] KnownRows(int mask) => [.. Enumerable.Range(0, Behavior.Rows)
        .Where(row => Masks[mask][row / Behavior.Bins] && !double.IsNaN(Behavior.Row(row)[0]))];
}

/// <summary>vel R²: how well velocity is decoded from rates of the same bins by ridge regression, on held-out trials.</summary>
/// <remarks>As nlb_tools with scikit-learn: <c>GridSearchCV(Ridge(), alpha)</c>, 5 contiguous folds of rows, R² averaged over columns.</remarks>
public static class VelocityR2
{
    /// <summary>What <see cref="Score"/> is, to be printed beside it.</summary>
    public const string Definition =
        "vel R2: ridge from the rates of all units to velocity, fitted on train trials (alpha of 9 in 1e-4..1 by 5 contiguous folds), R2 on eval trials, mean over columns, then masks";

    /// <summary>The penalty of nlb_tools' variant that searches for none.</summary>
    public const double FixedAlpha = 0.01;

    /// <summary>Folds of the search; fewer rows than this cannot be divided into them.</summary>
    internal const int FewestRows = 5;

    /// <summary>The penalties searched: 10⁻⁴ to 1, two per decade.</summary>
    public static IReadOnlyList<double> Alphas { get; } = [.. Enumerable.Range(0, 9).Select(k => Math.Pow(10, -4 + (0.5 * k)))];

    /// <summary>Fits one decoder per mask on its training trials and averages their R² on its evaluation trials.</summary>
    /// <param name="train">Trials to fit on.</param>
    /// <param name="eval">Trials to be judged on; as many masks.</param>
    /// <param name="alpha">A penalty, such as <see cref="FixedAlpha"/>; null = chosen among <see cref="Alphas"/>.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, a rate is NaN where behaviour is known, or rows are fewer than folds.</exception>
    public static double Score(VelocityTrials train, VelocityTrials eval, double? alpha = null) =>
        Enumerable.Range(0, train.Masks.Length).Average(mask => Judge(
            Fit(train, mask, alpha), Rows(eval.Rates, eval.KnownRows(mask)), Rows(eval.Behavior, eval.KnownRows(mask))));

    /// <summary>The decoder of one mask.</summary>
    /// <param name="train">Trials to fit on.</param>
    /// <param name="mask">Which mask.</param>
    /// <param name="alpha">A penalty; null = chosen among <see cref="Alphas"/>.</param>
    /// <exception cref="ArgumentException">As for <see cref="Score"/>.</exception>
    public static RidgeDecoder Fit(VelocityTrials train, int mask, double? alpha = null)
    {
        int[] known = train.KnownRows(mask);
        (RowSource rates, RowSource behavior) = (Rows(train.Rates, known), Rows(train.Behavior, known));
        return alpha is { } given ? RidgeFit.WithAlpha(rates, behavior, given) : Search(rates, behavior).Decoder;
    }

    /// <summary>The search among <see cref="Alphas"/>.</summary>
    /// <param name="rates">Rows of rates.</param>
    /// <param name="behavior">As many rows of behaviour.</param>
    /// <exception cref="ArgumentException">There are fewer rows than folds.</exception>
    internal static RidgeFit Search(RowSource rates, RowSource behavior) =>
        RidgeFit.CrossValidated(rates, behavior, Alphas, RidgeFit.Folds(behavior.Count, FewestRows));

    private static double Judge(RidgeDecoder decoder, RowSource rates, RowSource behavior) =>
        R2Score.PerColumn(behavior.ToArray(), decoder.Predict(rates), behavior.Width).Average();

    private static RowSource Rows(TrialArray values, int[] rows)
    {
        foreach (int row in rows)
        {
            if (values.Row(row).ContainsAnyNaN())
            {
                throw new ArgumentException($"trial {row / values.Bins}, bin {row % values.Bins} has a NaN where behaviour is known", nameof(values));
            }
        }

        return RowSource.Of(values.Values, values.Units).Take(rows);
    }

    private static bool ContainsAnyNaN(this ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (double.IsNaN(value))
            {
                return true;
            }
        }

        return false;
    }
}
