using System.Diagnostics;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Streaming;

/// <summary>One client from its first bin to its last: counts in, rates out, and how long each bin took.</summary>
/// <param name="client">Its name, for messages.</param>
/// <param name="rates">The model; begins anew.</param>
/// <param name="header">What the client is told.</param>
internal sealed class StreamSession(string client, OnlineRates rates, StreamHeader header)
{
    private readonly LatencyHistogram _latency = new();
    private readonly float[] _counts = new float[header.Units];
    private readonly float[] _rates = new float[header.Columns];
    private long _bins;

    /// <summary>How it was so far.</summary>
    public StreamSummary Summary => new(
        client, _bins, header.Lag, header.LagMs, header.Unit,
        _latency.PercentileMs(0.5), _latency.PercentileMs(0.95), _latency.PercentileMs(0.99), _latency.MaxMs);

    /// <summary>Serves the client until its input ends.</summary>
    /// <exception cref="DataFormatException">What it sends is not in one of the framings.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public void Run(Stream input, Stream output)
    {
        rates.Reset();
        if (Open(input, output) is not { } framing)
        {
            return;
        }

        while (Step(framing))
        {
        }

        rates.End();
        while (rates.Next(_rates))
        {
            framing.WriteRates(_rates);
        }
    }

    /// <summary>Waits for a client's first byte, which says how it speaks.</summary>
    /// <returns>Null when it says nothing.</returns>
    internal IStreamFraming? Open(Stream input, Stream output)
    {
        var source = new ByteSource(input, Math.Max(TextFraming.BufferBytes(header.Units), BinaryFraming.BufferBytes(header.Units)));
        return !source.Fill() ? null
            : source.Waiting[0] == BinaryFraming.FirstByte ? new BinaryFraming(source, output, client, header)
            : new TextFraming(source, output, client, header);
    }

    /// <summary>One bin; allocates nothing.</summary>
    /// <returns>False at the end of the input.</returns>
    internal bool Step(IStreamFraming framing)
    {
        if (!framing.ReadBin(_counts))
        {
            return false;
        }

        _bins++;
        if (rates.Push(_counts, _rates))
        {
            framing.WriteRates(_rates);
            _latency.Add(Stopwatch.GetTimestamp() - framing.Arrived);
        }

        return true;
    }
}
