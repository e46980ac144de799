using System.Diagnostics;
using UnetSpikes.Core;

namespace UnetSpikes.Hdf5.Readers;

/// <summary>One reader process: started when none is idle, given up when it crashes or does not answer, used again otherwise.</summary>
internal sealed class ReaderProcess : IDisposable
{
    /// <summary>Idle readers kept: one for each core that could use it.</summary>
    private static readonly int MostIdle = Environment.ProcessorCount;

    private static readonly Stack<ReaderProcess> Idle = [];

    private readonly Process _process;
    private readonly Task<string> _lastWords;
    private bool _isBroken;

    private ReaderProcess(Process process)
    {
        _process = process;
        _lastWords = process.StandardError.ReadToEndAsync();
        Wire = new ReaderWire(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
    }

    /// <summary>The pipe to it.</summary>
    private ReaderWire Wire { get; }

    /// <summary>Its process number.</summary>
    public int Id => _process.Id;

    /// <summary>An idle reader, or a new one.</summary>
    /// <exception cref="Hdf5LibraryException">The program cannot be started again.</exception>
    public static ReaderProcess Rent()
    {
        lock (Idle)
        {
            while (Idle.TryPop(out ReaderProcess? idle))
            {
                if (!idle._process.HasExited)
                {
                    return idle;
                }

                idle.End();
            }
        }

        return Start();
    }

    /// <summary>Asks and waits for the answer.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="file">The file it has open, for the message.</param>
    /// <param name="place">What is asked about, for the message.</param>
    /// <param name="ask">Writes the question.</param>
    /// <param name="read">Reads the answer.</param>
    /// <exception cref="DataFormatException">The file is not what it should be, up to crashing or hanging the reader.</exception>
    /// <exception cref="Hdf5LibraryException">The library is not installed.</exception>
    public T Ask<T>(string file, string place, Action<ReaderWire> ask, Func<ReaderWire, T> read)
    {
        if (_isBroken)
        {
            throw new DataFormatException(file, place, "cannot be read: the HDF5 library crashed on this file before");
        }

        bool isLate = false;
        // The limit is on the process: a blocked read ends when the other end of the pipe does.
        using var limit = new Timer(_ => { Volatile.Write(ref isLate, true); Kill(); }, null, ReaderLimits.Answer, Timeout.InfiniteTimeSpan);
        try
        {
            ask(Wire);
            Wire.Flush();
            return (ReaderAnswer)Wire.ReadByte() switch
            {
                ReaderAnswer.Done => read(Wire),
                ReaderAnswer.BadData => throw new DataFormatException(file, Wire.ReadText(), Wire.ReadText()),
                _ => throw new Hdf5LibraryException(Wire.ReadText()),
            };
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            _isBroken = true;
            Kill();
            throw new DataFormatException(
                file, place, Volatile.Read(ref isLate)
                    ? $"cannot be read: the HDF5 library did not answer within {ReaderLimits.Answer.TotalSeconds:0} s, the file may be damaged"
                    : $"cannot be read: the HDF5 library {Death()}, the file is damaged", e);
        }
    }

    /// <summary>Lets the reader go: it waits for the next file, unless it is broken.</summary>
    public void Dispose()
    {
        if (!_isBroken && !_process.HasExited)
        {
            lock (Idle)
            {
                if (Idle.Count < MostIdle)
                {
                    Idle.Push(this);
                    return;
                }
            }
        }

        End();
    }

    private static ReaderProcess Start()
    {
        ReaderProgram program = ReaderProgram.Current;
        var start = new ProcessStartInfo(program.FileName, program.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_TieredPGO"] = "0"; // Gone before counting calls could pay.
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        try
        {
            return new ReaderProcess(Process.Start(start) ?? throw new IOException("no process"));
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception)
        {
            throw new Hdf5LibraryException($"the process that reads with it cannot be started ({program.FileName}: {e.Message})", e);
        }
    }

    /// <summary>How it ended, in words: "crashed (SIGSEGV)".</summary>
    private string Death()
    {
        _process.WaitForExit();
        const int Signals = 128; // .NET reports death by signal n as 128 + n.
        return (_process.ExitCode - Signals) switch
        {
            6 => "crashed (SIGABRT)",
            7 => "crashed (SIGBUS)",
            8 => "crashed (SIGFPE)",
            9 => "was killed (SIGKILL)",
            11 => "crashed (SIGSEGV)",
            _ => LastWords() is { Length: > 0 } words ? $"failed ({words})" : $"ended with code {_process.ExitCode}",
        };
    }

    private string LastWords() => _lastWords.Wait(TimeSpan.FromSeconds(1))
        ? _lastWords.Result.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? ""
        : "";

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private void End()
    {
        Kill();
        Wire.Dispose();
        _process.Dispose();
    }
}
