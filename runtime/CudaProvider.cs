using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using UnetSpikes.Core;

namespace UnetSpikes.Runtime;

/// <summary>Puts the CUDA provider into a session's options, by whichever of ONNX Runtime's two ways this build of it has.</summary>
/// <remarks>
/// A library built with CUDA (the official Gpu package) knows the provider by name. One built without (npm's) says "not enabled in
/// this build" to that, and takes the same provider as a plugin: a library registered with the environment, which then lists its devices.
/// </remarks>
internal static class CudaProvider
{
    private const string Name = "CUDAExecutionProvider";

    private static readonly Lock Gate = new();
    private static bool _isRegistered;

    /// <summary>Adds the provider for one device.</summary>
    /// <exception cref="SessionException">ONNX Runtime cannot load it, or shows no such device.</exception>
    public static void Append(SessionOptions options, SessionSettings settings, Device device)
    {
        var wishes = new Dictionary<string, string>
        {
            ["device_id"] = device.Index.ToString(CultureInfo.InvariantCulture),
            // Doubling what is asked for, the default, holds twice the memory of a training step for ever.
            ["arena_extend_strategy"] = "kSameAsRequested",
            ["use_tf32"] = settings.AllowTf32 ? "1" : "0",
        };
        OrtEnv env = OrtEnvironment.Get();
        try
        {
            if (env.GetAvailableProviders().Contains(Name))
            {
                using var cuda = new OrtCUDAProviderOptions();
                cuda.UpdateOptions(wishes);
                options.AppendExecutionProvider_CUDA(cuda);
            }
            else
            {
                Register(env);
                options.AppendExecutionProvider(env, [Find(env, device, settings.Name)], wishes);
            }
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtRefusal.From(e, device, $"{settings.Name}: CUDA cannot be used");
        }
    }

    private static void Register(OrtEnv env)
    {
        lock (Gate)
        {
            if (!_isRegistered)
            {
                env.RegisterExecutionProviderLibrary("unet-spikes.cuda", CudaProbe.ProviderFile(OrtLibrary.Folder()));
                _isRegistered = true;
            }
        }
    }

    /// <summary>The plugin's entry for the device; it takes exactly one, and the wish for a device_id has the last word.</summary>
    private static OrtEpDevice Find(OrtEnv env, Device device, string what)
    {
        OrtEpDevice[] gpus = [.. env.GetEpDevices().Where(d => d.EpName == Name && d.HardwareDevice.Type == OrtHardwareDeviceType.GPU)];
        return gpus.FirstOrDefault(d => d.EpOptions.Entries.GetValueOrDefault("device_id") == device.Index.ToString(CultureInfo.InvariantCulture))
            ?? gpus.FirstOrDefault()
            ?? throw new SessionException(device.ToString(), $"{what}: ONNX Runtime sees no NVIDIA device in /sys/class/drm or /sys/bus/pci/devices");
    }
}
