using UnetSpikes.Runtime;

namespace UnetSpikes.Tests.Runtime;

/// <summary>The tiny models of tests/golden/runtime (make_fixtures.py there says what each does).</summary>
internal static class Fixtures
{
    /// <summary>One thread that does not spin: the machine running the tests may be busy.</summary>
    public static SessionSettings Quiet { get; } = new() { Threads = 1, Spinning = false };

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Folder(), name + ".onnx"));

    public static OnnxSession Open(string name) => new(Bytes(name), Quiet with { Name = name + ".onnx" });

    private static string Folder()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "tests", "golden", "runtime");
            if (Directory.Exists(folder))
            {
                return folder;
            }
        }

        throw new DirectoryNotFoundException("tests/golden/runtime is not above " + AppContext.BaseDirectory);
    }
}
