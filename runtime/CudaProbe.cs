using System.Runtime.InteropServices;
using UnetSpikes.Runtime.Native;

namespace UnetSpikes.Runtime;

/// <summary>Whether CUDA can be used here.</summary>
/// <param name="Usable">Every library loads and the driver shows a device.</param>
/// <param name="Reason">What is missing and how to get it, or what was found.</param>
/// <param name="Devices">GPUs the driver shows.</param>
internal sealed record CudaState(bool Usable, string Reason, int Devices);

/// <summary>Looks for everything ONNX Runtime's CUDA provider needs, in the order in which it would fail, and names the first thing missing.</summary>
/// <remarks>ONNX Runtime's own message names one library at a time and only when a session is made; a provider that loads can
/// still lack cuDNN, which it opens later.</remarks>
internal static class CudaProbe
{
    private static readonly Lazy<CudaState> State = new(() => Probe(OrtLibrary.Folder()));

    /// <summary>The state of this process, looked up once.</summary>
    public static CudaState Current() => State.Value;

    /// <summary>Looks in the folder ONNX Runtime was loaded from, which is where it looks for its providers.</summary>
    /// <param name="folder">Holds libonnxruntime.</param>
    public static CudaState Probe(string folder)
    {
        if (OperatingSystem.IsMacOS())
        {
            return Missing("there is no CUDA on macOS");
        }

        string provider = ProviderFile(folder);
        if (!File.Exists(provider))
        {
            return Missing($"{Path.GetFileName(provider)} is not beside ONNX Runtime in {folder}; build with -p:Gpu=true");
        }

        if (OperatingSystem.IsLinux() && MissingLibrary(provider) is string missing)
        {
            return Missing(missing);
        }

        return DriverState();
    }

    /// <summary>The CUDA provider's file beside ONNX Runtime, whether it is there or not.</summary>
    public static string ProviderFile(string folder) =>
        Path.Combine(folder, OperatingSystem.IsWindows() ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so");

    private static string? MissingLibrary(string provider)
    {
        // The driver first: without it the toolkit does not help.
        foreach (string library in ElfImports.Read(provider).OrderBy(n => n.StartsWith("libcuda.", StringComparison.Ordinal) ? 0 : 1))
        {
            if (!Loads(library))
            {
                return $"{library} was not found by the dynamic linker, {Path.GetFileName(provider)} needs it; {Remedy(library)}";
            }
        }

        // Not among the imports: cuDNN is opened by name when the first session is made.
        return Loads("libcudnn.so.9") ? null : $"libcudnn.so.9 was not found by the dynamic linker; {Remedy("libcudnn")}";
    }

    private static string Remedy(string library) => library switch
    {
        _ when library.StartsWith("libcuda.", StringComparison.Ordinal) => "install NVIDIA's driver",
        _ when library.StartsWith("libcudnn", StringComparison.Ordinal) => "install cuDNN 9 and put its folder on LD_LIBRARY_PATH",
        _ when library.LastIndexOf(".so.", StringComparison.Ordinal) is int at and >= 0 && library.StartsWith("libcu", StringComparison.Ordinal) =>
            library.StartsWith("libcurand", StringComparison.Ordinal)
                ? "install the CUDA toolkit's libraries and put their folder on LD_LIBRARY_PATH"
                : $"install CUDA {library[(at + 4)..]}'s libraries and put their folder on LD_LIBRARY_PATH",
        _ => "install it with the system's package manager",
    };

    private static CudaState DriverState()
    {
        (int status, int devices, int version) = CudaDriver.Query();
        string driver = $"driver for CUDA {version / 1000}.{version % 1000 / 10}";
        return (status, devices) switch
        {
            (not 0, _) => Missing($"the CUDA driver did not start (cuInit: error {status}); is a GPU visible to this process?"),
            (0, 0) => Missing($"{driver} shows no device; see CUDA_VISIBLE_DEVICES"),
            _ => new CudaState(true, $"{devices} device(s), {driver}", devices),
        };
    }

    private static CudaState Missing(string reason) => new(false, reason, 0);

    private static bool Loads(string library)
    {
        if (!NativeLibrary.TryLoad(library, out nint handle))
        {
            return false;
        }

        NativeLibrary.Free(handle);
        return true;
    }
}
