using System.Globalization;
using System.Net;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Streaming;

/// <summary>A model run over counts as they come.</summary>
public sealed record StreamOptions
{
    /// <summary>The exported model.</summary>
    public required string ModelPath { get; init; }

    /// <summary>HOST:PORT to wait for clients at, port 0 = a free one; null = standard input and output.</summary>
    public string? Listen { get; init; }

    /// <summary>How many clients are served, one after the other, before the end; 0 = until interrupted.</summary>
    public int Clients { get; init; }

    /// <summary>Bins that rates may be behind counts; null = the model's receptive field to the right, and the decoder's last lag.</summary>
    public int? Lag { get; init; }

    /// <summary>The recording's length in bins, where it is known beforehand: rates are then those of offline inference to the last bin.</summary>
    public int? TotalBins { get; init; }

    /// <summary>Rates are in Hz, else in spikes per bin.</summary>
    public bool IsHz { get; init; }

    /// <summary>The columns of the decoder behind the model's rates are given, not the rates.</summary>
    public bool Decoded { get; init; }

    /// <summary>As <c>--device</c> says it.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>0 = one: windows are too small to be shared out.</summary>
    public int Threads { get; init; }

    /// <summary>Where to wait.</summary>
    /// <exception cref="UsageException">Not HOST:PORT, or no such host.</exception>
    public IPEndPoint EndPoint()
    {
        string text = Listen ?? "";
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            throw new UsageException("--listen", $"is '{text}', expected HOST:PORT, such as 127.0.0.1:5555, or port 0 for a free one");
        }

        string host = text[..colon].Trim('[', ']');
        try
        {
            return new IPEndPoint(IPAddress.TryParse(host, out IPAddress? address) ? address : Dns.GetHostAddresses(host)[0], port);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            throw new UsageException("--listen", $"'{host}' is no host: {e.Message}");
        }
    }

    /// <summary>Every problem with these options; empty when there is none.</summary>
    public IReadOnlyList<UsageException> Validate()
    {
        var problems = new List<UsageException>();
        if (TotalBins is < 1)
        {
            problems.Add(new("--total-bins", $"is {TotalBins}, expected at least 1"));
        }

        if (Decoded && IsHz)
        {
            problems.Add(new("--hz", "is for rates, and --decoded gives what is decoded from them"));
        }

        if (Clients < 0)
        {
            problems.Add(new("--clients", $"is {Clients}, expected a number, or 0 for any"));
        }

        return problems;
    }
}
