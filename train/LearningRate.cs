namespace UnetSpikes.Train;

/// <summary>The learning rate at each step: a linear warm-up, then constant or a cosine down to zero at the last step.</summary>
/// <param name="Peak">The rate after the warm-up.</param>
/// <param name="WarmupSteps">Steps of the warm-up; 0 for none.</param>
/// <param name="IsCosine">True for the cosine.</param>
/// <param name="TotalSteps">Steps of the whole run, where the cosine reaches zero.</param>
public sealed record LearningRate(double Peak, long WarmupSteps, bool IsCosine, long TotalSteps)
{
    /// <summary>The rate of one step.</summary>
    /// <param name="step">From 1.</param>
    public double At(long step)
    {
        if (step <= WarmupSteps)
        {
            return Peak * step / WarmupSteps;
        }

        if (!IsCosine)
        {
            return Peak;
        }

        double progress = (step - WarmupSteps) / (double)Math.Max(1, TotalSteps - WarmupSteps);
        return Peak * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress)));
    }
}
