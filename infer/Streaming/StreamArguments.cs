using System.CommandLine;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Streaming;

/// <summary>The options of <c>infer</c> that make it take counts as they come.</summary>
internal sealed class StreamArguments
{
    private readonly Option<bool> _stream = new("--stream") { Description = "Read counts bin by bin from standard input and write rates to standard output (docs/streaming.md)." };

    private readonly Option<string?> _listen = new("--listen")
    {
        Description = "The same over TCP, one client after another; port 0 takes a free one and prints it.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<int?> _lag = new("--lag")
    {
        Description = "Streaming: bins that rates may be behind counts. Default: the model's receptive field to the right, which makes them those of the whole recording.",
        HelpName = "BINS",
    };

    private readonly Option<int?> _totalBins = new("--total-bins")
    {
        Description = "Streaming: the recording's length where it is known, so that the strides lie as in offline inference.",
        HelpName = "BINS",
    };

    private readonly Option<bool> _hz = new("--hz") { Description = "Streaming: rates in Hz instead of spikes per bin." };

    private readonly Option<bool> _decoded = new("--decoded") { Description = "Streaming: what the decoder behind the rates gives (export --decoder) instead of the rates." };

    private readonly Option<int> _clients = new("--clients") { Description = "Streaming over TCP: end after this many clients. Default: serve until interrupted.", HelpName = "N" };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> Options => [_stream, _listen, _lag, _totalBins, _hz, _decoded, _clients];

    /// <summary>Reads them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="hasFiles">Whether inputs or an output folder are named.</param>
    /// <param name="shared">Model, device and threads.</param>
    /// <returns>Null when nothing is streamed.</returns>
    /// <exception cref="UsageException">Files and a stream, or options of a stream without one.</exception>
    public StreamOptions? Read(ParseResult parsed, bool hasFiles, StreamOptions shared)
    {
        string? listen = parsed.GetValue(_listen);
        if (!parsed.GetValue(_stream) && listen is null)
        {
            return Options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } alone
                ? throw new UsageException(alone.Name, "is for streaming, expected --stream or --listen with it")
                : null;
        }

        return hasFiles
            ? throw new UsageException(listen is null ? "--stream" : "--listen", "takes counts as they come, expected no --input or --out")
            : shared with
            {
                Listen = listen,
                Lag = parsed.GetValue(_lag),
                TotalBins = parsed.GetValue(_totalBins),
                IsHz = parsed.GetValue(_hz),
                Decoded = parsed.GetValue(_decoded),
                Clients = parsed.GetValue(_clients),
            };
    }
}
