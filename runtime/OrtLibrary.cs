using System.Diagnostics;

namespace UnetSpikes.Runtime;

/// <summary>Which native files this process really loaded.</summary>
internal static class OrtLibrary
{
    /// <summary>Full path of ONNX Runtime's library, once loaded; null before.</summary>
    public static string? LoadedPath()
    {
        _ = OrtEnvironment.Get();
        using var process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            string name = Path.GetFileName(module.FileName);
            if (name.StartsWith("libonnxruntime.", StringComparison.Ordinal) || name.Equals("onnxruntime.dll", StringComparison.OrdinalIgnoreCase))
            {
                return module.FileName;
            }
        }

        return null;
    }

    /// <summary>Where ONNX Runtime looks for its providers: beside itself.</summary>
    public static string Folder() => Path.GetDirectoryName(LoadedPath()) ?? AppContext.BaseDirectory;
}
