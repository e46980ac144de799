using UnetSpikes.Data;

namespace UnetSpikes.Infer.Files;

/// <summary>Held while an output is written, so that what lies beside it can only be what a killed process left, and is cleared away.</summary>
/// <remarks>
/// A lock on a file beside the output (<c>.NAME.lock</c>). The system releases it with the process that holds it, however that ends. Where a file
/// system has no locks, two processes that write one output at once are told apart by nothing; both results are whole, and the last one stays.
/// </remarks>
internal sealed class OutputClaim : IDisposable
{
    private readonly FileStream _lock;

    private OutputClaim(FileStream @lock) => _lock = @lock;

    /// <summary>Claims an output.</summary>
    /// <param name="output">Its final name; folders that are missing are made.</param>
    /// <exception cref="IOException">Another process is at it, or the folder cannot be written.</exception>
    public static OutputClaim Take(string output)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(output))!;
        Directory.CreateDirectory(folder);
        string name = Path.Combine(folder, $".{Path.GetFileName(output)}.lock");
        var claim = new OutputClaim(new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose));
        RatesWriter.DeleteLeftovers(output);
        return claim;
    }

    /// <summary>Gives it back.</summary>
    public void Dispose() => _lock.Dispose();
}
