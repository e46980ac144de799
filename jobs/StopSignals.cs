using System.Runtime.InteropServices;

namespace UnetSpikes.Jobs;

/// <summary>USR1, Slurm's notice that time is running out, and TERM as a wish to stop with the state saved; both for as long as this lives.</summary>
/// <remarks>
/// Ctrl-C and TERM cancel what System.CommandLine hands to a verb. TERM is watched here too, because it must be told apart: who pressed
/// Ctrl-C does not want the work to go on by itself.
/// </remarks>
public sealed class StopSignals : IDisposable
{
    /// <summary>SIGUSR1 where it has its usual number; macOS and BSD count differently.</summary>
    private static readonly PosixSignal User1 = (PosixSignal)(OperatingSystem.IsLinux() ? 10 : 30);

    private readonly CancellationTokenSource _stop;
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Begins to listen.</summary>
    /// <param name="cancel">Stops too.</param>
    public StopSignals(CancellationToken cancel)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        PosixSignal[] signals = OperatingSystem.IsWindows() ? [] : [User1, PosixSignal.SIGTERM];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Stop))];
    }

    /// <summary>Cancelled by USR1, TERM or the caller's token.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Whether USR1 or TERM came: the machine is needed for something else, and the work is to go on later.</summary>
    public bool HaveCome { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true; // The default is to end the process here and now.
        HaveCome = true;
        _stop.Cancel();
    }
}
