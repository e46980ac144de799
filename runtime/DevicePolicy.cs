using UnetSpikes.Core;

namespace UnetSpikes.Runtime;

/// <summary>The device that will compute and why it was taken.</summary>
/// <param name="Device">CPU or one GPU, never <see cref="DeviceKind.Auto"/>.</param>
/// <param name="Reason">One line for the user.</param>
public sealed record DeviceChoice(Device Device, string Reason);

/// <summary>Turns what was asked for into the device that computes. CUDA asked for by name is CUDA or an error.</summary>
public static class DevicePolicy
{
    /// <summary>Chooses the device, looking at what this machine really has.</summary>
    /// <param name="requested">As given by <c>--device</c>.</param>
    /// <exception cref="SessionException">CUDA was asked for by name and cannot be used; names the missing library.</exception>
    public static DeviceChoice Choose(Device requested) => Choose(requested, CudaProbe.Current);

    internal static DeviceChoice Choose(Device requested, Func<CudaState> probe)
    {
        ArgumentNullException.ThrowIfNull(requested);
        if (requested.Kind == DeviceKind.Cpu)
        {
            return new DeviceChoice(Device.Cpu, "asked for");
        }

        CudaState cuda = probe();
        if (requested.Kind == DeviceKind.Auto)
        {
            return cuda.Usable
                ? new DeviceChoice(Device.Cuda(), cuda.Reason)
                : new DeviceChoice(Device.Cpu, $"CUDA cannot be used: {cuda.Reason}");
        }

        if (!cuda.Usable)
        {
            throw new SessionException(requested.ToString(), cuda.Reason);
        }

        return requested.Index < cuda.Devices
            ? new DeviceChoice(requested, "asked for")
            : throw new SessionException(requested.ToString(), $"the driver shows {cuda.Devices} device(s), expected a number below that");
    }
}
