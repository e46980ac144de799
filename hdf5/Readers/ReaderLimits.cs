using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Readers;

/// <summary>What a damaged file may cost before its reader is given up.</summary>
internal static partial class ReaderLimits
{
    /// <summary>One answer: at most 32 MB of numbers, which the slowest disk and filter we know deliver in a few seconds.</summary>
    public static readonly TimeSpan Answer = TimeSpan.FromSeconds(
        Environment.GetEnvironmentVariable("UNETSPIKES_READER_SECONDS") is { } text && int.TryParse(text, out int seconds) && seconds > 0 ? seconds : 60);

    /// <summary>Names, texts and lists in one answer: beyond that it is no list but damage.</summary>
    public const int AnswerElements = 1 << 26;

    /// <summary>Memory a reader may fill.</summary>
    private const ulong DataBytes = 4UL << 30;

    private const int Data = 2; // RLIMIT_DATA: private writable memory; the runtime's large reservations do not count
    private const int Core = 4; // RLIMIT_CORE

    /// <summary>Binds this process to the limits on memory, and lets it leave no core dump. On Linux; other systems have no such limit that holds.</summary>
    public static void ApplyToThisProcess()
    {
        if (OperatingSystem.IsLinux())
        {
            var data = new Limit { Soft = DataBytes, Hard = DataBytes };
            var core = new Limit();
            _ = SetLimit(Data, in data);
            _ = SetLimit(Core, in core);
        }
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
