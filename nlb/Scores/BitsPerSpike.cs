using UnetSpikes.Core;

namespace UnetSpikes.Nlb.Scores;

/// <summary>co-bps and fp-bps: how much better than their mean rates a model predicts spikes it was not given, in bits per spike.</summary>
/// <remarks>Pei et al. 2021, Neural Latents Benchmark '21; <see cref="PoissonLikelihood.BitsPerSpike(TrialTensor, TrialTensor)"/> has the formula.</remarks>
public static class BitsPerSpike
{
    /// <summary>What <see cref="CoSmoothing"/> is, to be printed beside it.</summary>
    public const string CoSmoothingDefinition =
        "co-bps: held-out units; (NLL of each unit's mean rate - NLL of the rates) / spikes / ln 2, all units together";

    /// <summary>What <see cref="Forward"/> is, to be printed beside it.</summary>
    public const string ForwardDefinition = "fp-bps: the same of all units in the 200 ms after the trial";

    /// <summary>Co-smoothing bits per spike: of units whose spikes the model never saw.</summary>
    /// <param name="rates">Spikes per bin of the held-out units; a rate of zero counts as 1e-9.</param>
    /// <param name="spikes">Their spikes, same shape; NaN elements are left out.</param>
    /// <exception cref="ArgumentException">The shapes differ, or a rate is NaN or negative where spikes are known.</exception>
    public static double CoSmoothing(TrialArray rates, TrialArray spikes)
    {
        if (!rates.HasShapeOf(spikes))
        {
            throw new ArgumentException($"rates are {rates}, spikes {spikes}", nameof(rates));
        }

        for (int i = 0; i < rates.Values.Length; i++)
        {
            if (double.IsNaN(rates.Values[i]) && !double.IsNaN(spikes.Values[i]))
            {
                throw new ArgumentException($"rate {i} is NaN where spikes are known", nameof(rates));
            }
        }

        return PoissonLikelihood.BitsPerSpike<double>(rates.Values, spikes.Values, spikes.Units);
    }

    /// <summary>Forward prediction bits per spike: of all units in bins after those the model saw.</summary>
    /// <param name="heldInRates">Spikes per bin of the held-in units.</param>
    /// <param name="heldOutRates">Spikes per bin of the held-out units, same trials and bins.</param>
    /// <param name="heldInSpikes">Their spikes; NaN elements are left out.</param>
    /// <param name="heldOutSpikes">Likewise.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or a rate is NaN or negative where spikes are known.</exception>
    public static double Forward(TrialArray heldInRates, TrialArray heldOutRates, TrialArray heldInSpikes, TrialArray heldOutSpikes) =>
        CoSmoothing(TrialArray.Join(heldInRates, heldOutRates), TrialArray.Join(heldInSpikes, heldOutSpikes));
}
