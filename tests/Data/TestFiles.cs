namespace UnetSpikes.Tests.Data;

/// <summary>The committed files of tests/golden/data and the formula behind them (make_golden.py).</summary>
internal static class TestFiles
{
    public static string Golden(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "tests", "golden", "data", name);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new FileNotFoundException(name);
    }

    public static string Config(string name) => Path.Combine(Path.GetDirectoryName(Golden("layouts.h5"))!, "..", "..", "..", "data", "config", name);

    /// <summary>counts[t, b, u] = (7 t + 3 b + u) mod 4 for these trials, 6 bins, 3 units.</summary>
    public static float[] Counts(params int[] trials) =>
        [.. from t in trials from b in Enumerable.Range(0, 6) from u in Enumerable.Range(0, 3) select (float)(((7 * t) + (3 * b) + u) % 4)];
}

/// <summary>A folder of its own for one test, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("unet-spikes-test-").FullName;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        System.IO.File.WriteAllBytes(File(name), bytes.ToArray());
        return File(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
