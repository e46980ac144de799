namespace UnetSpikes.Nlb.Prep;

/// <summary>Shifts of trials by a random number of bins, so that a model cannot know when a trial ends (DMFC_RSG).</summary>
/// <remarks>nlb_tools draws one number for every trial of a split, in table order, from numpy's generator seeded with 0; a trial of the test split is not shifted.</remarks>
internal static class Jitter
{
    /// <summary>The shift of each chosen trial, in bins.</summary>
    /// <param name="parameters">A data set with <see cref="NlbParameters.JitterField"/>.</param>
    /// <param name="trials">The trials.</param>
    /// <param name="isChosen">For each trial.</param>
    /// <param name="widthMs">Width of a bin.</param>
    public static Dictionary<int, int> Draw(NlbParameters parameters, SessionTrials trials, Func<int, bool> isChosen, int widthMs)
    {
        double[] intervals = trials.Numbers(parameters.JitterField!);
        double longest = parameters.PaddedMs!.Value;
        var random = new MersenneTwister(0);
        var bins = new Dictionary<int, int>();
        for (int trial = 0; trial < trials.Count; trial++)
        {
            if (isChosen(trial))
            {
                double most = trials.Splits[trial] == "test" ? 0 : Math.Clamp(longest - intervals[trial], 0, parameters.MostJitterMs);
                double range = Math.Floor(Math.Round(most / widthMs, 4));
                double drawn = random.NextDouble() * range;
                bins[trial] = double.IsNaN(drawn) ? 0 : (int)Math.Round(drawn, MidpointRounding.ToEven);
            }
        }

        return bins;
    }
}
