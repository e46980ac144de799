namespace UnetSpikes.Train;

/// <summary>Which validated weights are kept, and what patience waits for.</summary>
public enum SelectBy
{
    /// <summary>Those with the lowest loss of entries while hidden (<see cref="ValidationScores.Loss"/>). Bits per spike order weights the same way.</summary>
    Loss,

    /// <summary>Those with the lowest loss of entries that the network sees (<see cref="ValidationScores.UnmaskedLoss"/>).</summary>
    UnmaskedLoss,

    /// <summary>Those with the most bits per spike of held-out units (<see cref="ValidationScores.CoBps"/>).</summary>
    CoBps,

    /// <summary>The newest: validation chooses nothing, and patience never ends.</summary>
    Newest,
}

/// <summary>The comparison behind <see cref="SelectBy"/>.</summary>
public static class Preference
{
    /// <summary>Whether newly validated weights take the place of the kept ones.</summary>
    /// <param name="by">The quantity.</param>
    /// <param name="scores">Of the new ones.</param>
    /// <param name="best">Of the kept ones; null where there are none.</param>
    public static bool Prefers(this SelectBy by, ValidationScores scores, ValidationScores? best)
    {
        if (best is null || by == SelectBy.Newest)
        {
            return true;
        }

        double Loss(ValidationScores of) => by switch
        {
            SelectBy.Loss => of.Loss,
            SelectBy.UnmaskedLoss => of.UnmaskedLoss,
            _ => -(of.CoBps ?? double.NaN),
        };
        // "Not at most": an older checkpoint does not say its unmasked loss.
        return !(Loss(best) <= Loss(scores));
    }
}
