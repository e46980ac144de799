namespace UnetSpikes.Train;

/// <summary>How the learning rate goes on after the warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>Falls to zero at the last step along a cosine.</summary>
    Cosine,

    /// <summary>Stays.</summary>
    Constant,

    /// <summary>Falls by a factor whenever validation has not become better for a while.</summary>
    Plateau,
}

/// <summary>The learning rate at each step: a linear warm-up, then what the schedule says.</summary>
/// <param name="Peak">The rate after the warm-up.</param>
/// <param name="WarmupSteps">Steps of the warm-up; 0 for none.</param>
/// <param name="Schedule">How it goes on.</param>
/// <param name="TotalSteps">Steps of the whole run, where the cosine reaches zero.</param>
public sealed record LearningRate(double Peak, long WarmupSteps, LearningRateSchedule Schedule, long TotalSteps)
{
    /// <summary>Plateau: what the rate is multiplied by at each fall, between 0 and 1.</summary>
    public double Factor { get; init; } = 0.5;

    /// <summary>Plateau: validations without a better score that are waited through; the next one lets the rate fall.</summary>
    public int Patience { get; init; } = 5;

    /// <summary>Plateau: the rate falls no lower.</summary>
    public double Minimum { get; init; } = 1e-5;

    /// <summary>The rate of one step.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="plateau">What the plateau schedule has seen so far.</param>
    public double At(long step, PlateauState plateau)
    {
        if (step <= WarmupSteps)
        {
            return Peak * step / WarmupSteps;
        }

        return Schedule switch
        {
            LearningRateSchedule.Cosine => Peak * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, (step - WarmupSteps) / (double)Math.Max(1, TotalSteps - WarmupSteps)))),
            LearningRateSchedule.Plateau => Math.Min(Peak, Math.Max(Minimum, Peak * plateau.Scale)),
            _ => Peak,
        };
    }

    /// <summary>Takes note of a validation, as PyTorch's <c>ReduceLROnPlateau(threshold=0)</c> does; those during the warm-up do not count.</summary>
    /// <param name="plateau">What was seen before.</param>
    /// <param name="step">The validation's step.</param>
    /// <param name="loss">What is to become lower.</param>
    public PlateauState Observe(PlateauState plateau, long step, double loss)
    {
        if (Schedule != LearningRateSchedule.Plateau || step <= WarmupSteps)
        {
            return plateau;
        }

        return loss < plateau.Lowest ? plateau with { Lowest = loss, Waited = 0 }
            : plateau.Waited < Patience ? plateau with { Waited = plateau.Waited + 1 }
            : plateau with { Scale = plateau.Scale * Factor, Waited = 0 };
    }
}

/// <summary>What the plateau schedule remembers between validations.</summary>
/// <param name="Scale">What the peak rate is multiplied by.</param>
/// <param name="Lowest">The lowest loss seen.</param>
/// <param name="Waited">Validations since then, or since the last fall.</param>
public sealed record PlateauState(double Scale = 1, double Lowest = double.PositiveInfinity, int Waited = 0);
