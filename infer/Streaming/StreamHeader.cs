namespace UnetSpikes.Infer.Streaming;

/// <summary>What is said of a stream in its header.</summary>
/// <param name="Units">Counts per bin.</param>
/// <param name="RatesUnits">Rates per bin: of those units, then of units held out.</param>
/// <param name="Lag">Bins that rates are behind counts.</param>
/// <param name="BinWidthMs">Width of a bin.</param>
/// <param name="IsHz">Rates are in Hz, else in spikes per bin.</param>
internal sealed record StreamHeader(int Units, int RatesUnits, int Lag, double BinWidthMs, bool IsHz)
{
    /// <summary>The lag as time.</summary>
    public double LagMs => Lag * BinWidthMs;

    /// <summary>The unit of the rates.</summary>
    public string RatesUnit => IsHz ? "Hz" : "spikes/bin";
}
