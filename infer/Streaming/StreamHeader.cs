using System.Globalization;
using UnetSpikes.Runtime;

namespace UnetSpikes.Infer.Streaming;

/// <summary>What is said of a stream in its header.</summary>
/// <param name="Units">Counts per bin.</param>
/// <param name="Columns">Numbers per bin of the answer: rates of those units, then of units held out; or the decoder's columns.</param>
/// <param name="Lag">Bins that the answer is behind counts.</param>
/// <param name="BinWidthMs">Width of a bin.</param>
/// <param name="IsHz">Rates are in Hz, else in spikes per bin.</param>
/// <param name="Decoded">What is decoded from the rates and given in their place; null = the rates are given.</param>
internal sealed record StreamHeader(int Units, int Columns, int Lag, double BinWidthMs, bool IsHz, DecodedOutput? Decoded = null)
{
    /// <summary>The lag as time.</summary>
    public double LagMs => Lag * BinWidthMs;

    /// <summary>The unit of the answer.</summary>
    public string Unit => Decoded?.Unit ?? (IsHz ? "Hz" : "spikes/bin");

    /// <summary>The whole of it in words.</summary>
    public override string ToString()
    {
        string what = Decoded is null
            ? string.Create(CultureInfo.InvariantCulture, $"rates in {Unit}, {Columns} units")
            : $"decoded {string.Join(", ", Decoded.Columns)} in {Unit}";
        return string.Create(CultureInfo.InvariantCulture, $"{what}, bins of {BinWidthMs} ms, lag {Lag} bins");
    }
}
