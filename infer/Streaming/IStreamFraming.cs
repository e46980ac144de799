using UnetSpikes.Core;

namespace UnetSpikes.Infer.Streaming;

/// <summary>How counts come in and rates go out as bytes; <see cref="BinaryFraming"/> and <see cref="TextFraming"/> (docs/streaming.md).</summary>
internal interface IStreamFraming
{
    /// <summary>When the last byte of the newest bin had come, as <see cref="System.Diagnostics.Stopwatch"/> counts.</summary>
    long Arrived { get; }

    /// <summary>Waits for the next bin.</summary>
    /// <param name="counts">Receives spikes per bin; NaN = not recorded.</param>
    /// <returns>False at the end of the input.</returns>
    /// <exception cref="DataFormatException">What comes is no bin of counts.</exception>
    bool ReadBin(Span<float> counts);

    /// <summary>Sends one bin's rates at once.</summary>
    void WriteRates(ReadOnlySpan<float> rates);
}
