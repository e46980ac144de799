using System.Globalization;
using System.Net.Sockets;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Streaming;

/// <summary>Serves standard input, or one TCP client after another.</summary>
internal sealed class StreamRun : IDisposable
{
    private readonly StreamOptions _options;
    private readonly ToolConsole _console;
    private readonly SpikeModel _model;
    private readonly OnlineRates _rates;
    private readonly StreamHeader _header;
    private readonly bool _json;

    /// <summary>Loads the model and makes it ready.</summary>
    /// <exception cref="UnetSpikesException">The options, the model or the device are at fault.</exception>
    public StreamRun(StreamOptions options, ToolConsole console, bool json)
    {
        if (options.Validate() is [var problem, ..])
        {
            throw problem;
        }

        (_options, _console, _json) = (options, console, json);
        _model = SpikeModel.Open(options.ModelPath, options.Device, Math.Max(options.Threads, 1));
        try
        {
            double binMs = _model.Metadata.BinWidthMs;
            _rates = new OnlineRates(_model, options.Lag, options.TotalBins, options.IsHz ? (float)(1000 / binMs) : 1, options.Decoded);
            _header = new StreamHeader(_model.InputUnits, _rates.Columns, _rates.Lag, binMs, options.IsHz, options.Decoded ? _model.Metadata.Decoded : null);
            new Rehearsal(_rates, _header).Run(overTcp: options.Listen is not null);
        }
        catch
        {
            _model.Dispose();
            throw;
        }

        console.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"streaming {_header} ({_header.LagMs} ms), from counts of {_header.Units} units, windows of {_rates.WindowBins} bins, on {_model.Session.Device}"));
    }

    public void Dispose()
    {
        _rates.Dispose();
        _model.Dispose();
    }

    /// <summary>Standard input to standard output, until the input ends.</summary>
    /// <exception cref="DataFormatException">What comes is no bin of counts.</exception>
    /// <exception cref="OperationCanceledException">Interrupted.</exception>
    public void ServeStandardStreams(CancellationToken cancel)
    {
        var session = new StreamSession("standard input", _rates, _header);
        using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
        try
        {
            // A read that waits cannot be interrupted; it is left behind, and ends with the process.
            Task.Run(() => session.Run(input, output), CancellationToken.None).WaitAsync(cancel).GetAwaiter().GetResult();
        }
        finally
        {
            session.Summary.Write(_console.Error, _json);
        }
    }

    /// <summary>Waits for clients and serves them one at a time; others wait their turn.</summary>
    /// <returns>The exit code: of the first client that sent nonsense, where the number of clients is set.</returns>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="OperationCanceledException">Interrupted.</exception>
    public int Listen(CancellationToken cancel)
    {
        using Socket listener = Bind();
        using CancellationTokenRegistration closing = cancel.Register(listener.Dispose); // Wakes Accept.
        _console.Out.WriteLine($"listening on {listener.LocalEndPoint}");
        _console.Out.Flush();
        int exitCode = ExitCode.Success;
        for (int served = 0; _options.Clients == 0 || served < _options.Clients; served++)
        {
            using Socket client = Accept(listener, cancel);
            int code = Serve(client, cancel);
            exitCode = exitCode == ExitCode.Success ? code : exitCode;
        }

        return exitCode;
    }

    private Socket Bind()
    {
        System.Net.IPEndPoint place = _options.EndPoint();
        var listener = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(place);
            listener.Listen();
            return listener;
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new IOException($"--listen {place}: {e.Message}", e);
        }
    }

    private static Socket Accept(Socket listener, CancellationToken cancel)
    {
        try
        {
            return listener.Accept();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException && cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancel);
        }
    }

    /// <summary>One client. What it does wrong is its own affair: the next one is served.</summary>
    private int Serve(Socket client, CancellationToken cancel)
    {
        client.NoDelay = true; // A bin's rates are small and wanted now.
        using CancellationTokenRegistration closing = cancel.Register(client.Dispose); // Wakes a read that waits.
        using var stream = new NetworkStream(client);
        string name = client.RemoteEndPoint?.ToString() ?? "client";
        var session = new StreamSession(name, _rates, _header);
        int code = ExitCode.Success;
        try
        {
            session.Run(stream, stream);
        }
        catch (DataFormatException e)
        {
            _console.Error.WriteLine("error: " + e.Message);
            code = e.ExitCode;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            if (!cancel.IsCancellationRequested)
            {
                _console.Info($"{name}: disconnected ({e.Message})");
            }
        }

        session.Summary.Write(_console.Error, _json);
        cancel.ThrowIfCancellationRequested();
        return code;
    }
}
