using UnetSpikes.Core;

namespace UnetSpikes.Data.Synthetic;

/// <summary>The Lorenz benchmark of the LFADS paper; the defaults are the published data set's sizes.</summary>
public sealed record LorenzOptions
{
    /// <summary>Seed of initial states, readout and spikes.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Trials in all, at least 5: every fifth is for validation.</summary>
    public int Trials { get; init; } = 1560;

    /// <summary>Trials that share one trajectory, at least 1; the last condition has fewer where they do not divide the trials.</summary>
    public int Repeats { get; init; } = 24;

    /// <summary>Number of units.</summary>
    public int Units { get; init; } = 29;

    /// <summary>Length of a trial in ms; whole bins.</summary>
    public int DurationMs { get; init; } = 1000;

    /// <summary>Width of a bin in ms.</summary>
    public int BinWidthMs { get; init; } = 20;

    /// <summary>A unit's rate where the latents are zero, in Hz.</summary>
    public double BaseRateHz { get; init; } = 5;

    /// <summary>Conditions: trajectories from different initial states.</summary>
    public int Conditions => (Trials + Repeats - 1) / Repeats;

    /// <summary>Checks the options.</summary>
    /// <exception cref="UsageException">One is out of its range.</exception>
    public void Validate()
    {
        SimulationOptions.Require(Trials >= 5, "--trials", Trials, "at least 5, every fifth is for validation");
        SimulationOptions.Require(Repeats >= 1, "--repeats", Repeats, "at least 1");
        SimulationOptions.RequireSizes(Trials, Units, DurationMs, BinWidthMs);
        double states = 3.0 * Conditions * DurationMs;
        SimulationOptions.Require(states <= Array.MaxLength, "--duration-ms", DurationMs, $"at most {Array.MaxLength / 3} ms over all conditions");
        SimulationOptions.Require(BaseRateHz > 0 && BaseRateHz <= 1000, "--base-rate", BaseRateHz, "above 0 and at most 1000 Hz");
    }
}
