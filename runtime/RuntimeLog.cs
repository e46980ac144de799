using System.Collections.Concurrent;

namespace UnetSpikes.Runtime;

/// <summary>ONNX Runtime's own warnings, kept instead of being printed across the progress line. Errors come as exceptions.</summary>
public static class RuntimeLog
{
    private const int Kept = 200;

    private static readonly ConcurrentQueue<string> Warnings = new();

    // While a session is made on this thread, everything ONNX Runtime says about it: where it placed each node.
    [ThreadStatic]
    private static List<string>? _captured;

    /// <summary>Takes the warnings out: the newest 200 since the last call, one line each.</summary>
    public static IReadOnlyList<string> TakeWarnings()
    {
        var taken = new List<string>();
        while (Warnings.TryDequeue(out string? line))
        {
            taken.Add(line);
        }

        return taken;
    }

    internal static void StartCapture() => _captured = [];

    internal static IReadOnlyList<string> EndCapture()
    {
        IReadOnlyList<string> lines = _captured ?? [];
        _captured = null;
        return lines;
    }

    /// <summary>Called by native code, so it must not throw.</summary>
    internal static void Receive(string? message, bool isWarning)
    {
        if (message is null)
        {
            return;
        }

        _captured?.Add(message);
        if (isWarning)
        {
            Warnings.Enqueue(OrtRefusal.OneLine(message));
            if (Warnings.Count > Kept)
            {
                _ = Warnings.TryDequeue(out _);
            }
        }
    }
}
