using System.Text.Json;
using UnetSpikes.Core;

namespace UnetSpikes.Jobs;

/// <summary>The right to work on a folder, held by one process of all machines that see it; docs/slurm.md says why it can be trusted on NFS.</summary>
/// <remarks>
/// Claims are numbered files, <c>claim-0001.json</c> and on; the latest counts and none is ever deleted. Who finds it ended or its holder dead
/// makes the next number, which exactly one process can: creating a file that must not exist is done by the server, as one step. Because
/// numbers only grow, whoever judged by an older state tries to make a number that is there already, and fails. (A file that is deleted and
/// made anew has no such order: the second to find it stale would delete the first one's new claim.)
/// </remarks>
public sealed class Claim : IDisposable
{
    /// <summary>How often a holder shows that it lives.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);

    private readonly string _folder;
    private readonly CancellationTokenSource _lost = new();
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private Claimant _claimant;
    private int _number;

    private Claim(string folder, int number, Claimant claimant, TimeSpan heartbeat)
    {
        (_folder, _number, _claimant) = (folder, number, claimant);
        _timer = new Timer(_ => Beat(), null, heartbeat, heartbeat);
    }

    /// <summary>Cancelled when another process was found to have taken over: this one was taken for dead and must stop.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Takes the right to work on a folder.</summary>
    /// <param name="folder">The folder; made if absent.</param>
    /// <param name="holder">Who has it, where it is not to be had.</param>
    /// <returns>Null where another process has it.</returns>
    public static Claim? TryTake(string folder, out Claimant? holder) => TryTake(folder, Heartbeat, out holder);

    internal static Claim? TryTake(string folder, TimeSpan heartbeat, out Claimant? holder)
    {
        Directory.CreateDirectory(folder);
        DateTime now = FileClock.Now(folder);
        for (int number = ClaimState.Latest(folder); ; number++)
        {
            ClaimState state = ClaimState.Read(folder, number, now);
            holder = state.Claimant;
            if (state.IsHeld)
            {
                return null;
            }

            var claimant = Claimant.OfThisProcess();
            if (TryMake(folder, number + 1, claimant))
            {
                return new Claim(folder, number + 1, claimant, heartbeat);
            }
        }
    }

    /// <summary>
    /// Makes sure that the right is still this process's, by taking the next number. Called before a result is put in its place: from then on
    /// nobody takes over before a whole patience has passed.
    /// </summary>
    /// <returns>False where another process has taken over.</returns>
    public bool Renew()
    {
        lock (_lock)
        {
            if (!TryMake(_folder, _number + 1, _claimant))
            {
                _lost.Cancel();
                return false;
            }

            _number++;
            return true;
        }
    }

    /// <summary>Ends the claim.</summary>
    /// <param name="how">How the work ended: <c>done</c>, <c>failed</c>, <c>interrupted</c>.</param>
    public void Release(string how)
    {
        lock (_lock)
        {
            if (_claimant.Ended is null)
            {
                _claimant = _claimant with { Ended = how };
                AtomicFile.Write(ClaimState.FileOf(_folder, _number), stream => JsonSerializer.Serialize(stream, _claimant, ClaimState.Json));
            }
        }
    }

    /// <summary>Ends the claim as interrupted, unless it was released.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Release("interrupted");
        _lost.Dispose();
    }

    private static bool TryMake(string folder, int number, Claimant claimant)
    {
        string path = ClaimState.FileOf(folder, number);
        try
        {
            // Shared with all: who looks at it meanwhile must not be refused.
            using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            JsonSerializer.Serialize(stream, claimant, ClaimState.Json);
            stream.Flush(flushToDisk: true);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    private void Beat()
    {
        lock (_lock)
        {
            if (_claimant.Ended is not null)
            {
                return;
            }

            try
            {
                if (File.Exists(ClaimState.FileOf(_folder, _number + 1)))
                {
                    _lost.Cancel();
                    return;
                }

                // Its first byte, written again: so the server's clock gives the time, not this machine's.
                using var stream = new FileStream(ClaimState.FileOf(_folder, _number), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                stream.WriteByte((byte)'{');
                stream.Flush(flushToDisk: true);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                _lost.Cancel(); // Somebody has deleted the folder.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A server that does not answer now may do so at the next beat; who takes over meanwhile is noticed then.
            }
        }
    }
}
