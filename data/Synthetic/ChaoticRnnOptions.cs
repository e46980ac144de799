using UnetSpikes.Core;

namespace UnetSpikes.Data.Synthetic;

/// <summary>The chaotic random network of the LFADS release; the defaults are the published data set's.</summary>
public sealed record ChaoticRnnOptions
{
    /// <summary>Seed of weights, initial states and spikes.</summary>
    public ulong Seed { get; init; } = 5;

    /// <summary>Trials in all, at least 2.</summary>
    public int Trials { get; init; } = 1300;

    /// <summary>Trials that share one initial state, at least 2; the last fifth of them, at least one, is for validation.</summary>
    public int Repeats { get; init; } = 10;

    /// <summary>Units of the network, at least 2; all are observed.</summary>
    public int Units { get; init; } = 50;

    /// <summary>Length of a trial in ms; whole bins.</summary>
    public int DurationMs { get; init; } = 1000;

    /// <summary>Width of a bin, also the network's time step, in ms; below <see cref="TauMs"/>.</summary>
    public int BinWidthMs { get; init; } = 10;

    /// <summary>Scale of the recurrent weights g; the dynamics are chaotic above 1.</summary>
    public double Gain { get; init; } = 1.5;

    /// <summary>Time constant of a unit in ms.</summary>
    public double TauMs { get; init; } = 25;

    /// <summary>The rate that the top of a unit's range in a trial is given, in Hz.</summary>
    public double MaxRateHz { get; init; } = 30;

    /// <summary>Conditions: different initial states.</summary>
    public int Conditions => (Trials + Repeats - 1) / Repeats;

    /// <summary>Checks the options.</summary>
    /// <exception cref="UsageException">One is out of its range.</exception>
    public void Validate()
    {
        SimulationOptions.Require(Repeats >= 2, "--repeats", Repeats, "at least 2, of which one is for validation");
        SimulationOptions.Require(Trials >= Repeats, "--trials", Trials, $"at least one condition of {Repeats} repeats");
        SimulationOptions.RequireSizes(Trials, Units, DurationMs, BinWidthMs);
        SimulationOptions.Require(Units >= 2, "--units", Units, "at least 2");
        SimulationOptions.Require(BinWidthMs < TauMs, "--bin-ms", BinWidthMs, $"less than the network's time constant, {TauMs} ms");
        SimulationOptions.Require(Gain > 0 && double.IsFinite(Gain), "--gain", Gain, "a positive number");
        SimulationOptions.Require(MaxRateHz > 0 && MaxRateHz <= 1000, "--max-rate", MaxRateHz, "above 0 and at most 1000 Hz");
    }
}
