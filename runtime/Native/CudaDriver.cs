using System.Runtime.InteropServices;

namespace UnetSpikes.Runtime.Native;

/// <summary>Three calls of NVIDIA's driver API (cuda.h), found at run time because most machines have none.</summary>
internal static class CudaDriver
{
    private const int NotFound = 999;

    private delegate int CuInit(uint flags);

    private delegate int CuQuery(out int value);

    /// <summary>Starts the driver and asks it.</summary>
    /// <returns>CUresult (0 = success), number of devices, CUDA version as 1000 · major + 10 · minor.</returns>
    public static (int Status, int Devices, int Version) Query()
    {
        string name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(name, out nint library)
            || !NativeLibrary.TryGetExport(library, "cuInit", out nint init)
            || !NativeLibrary.TryGetExport(library, "cuDeviceGetCount", out nint getCount)
            || !NativeLibrary.TryGetExport(library, "cuDriverGetVersion", out nint getVersion))
        {
            return (NotFound, 0, 0);
        }

        int status = Marshal.GetDelegateForFunctionPointer<CuInit>(init)(0);
        int devices = 0;
        if (status == 0)
        {
            status = Marshal.GetDelegateForFunctionPointer<CuQuery>(getCount)(out devices);
        }

        _ = Marshal.GetDelegateForFunctionPointer<CuQuery>(getVersion)(out int version);
        return (status, devices, version);
    }
}
