using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using UnetSpikes.Core;
using UnetSpikes.Runtime.Native;

namespace UnetSpikes.Runtime;

/// <summary>One run through a binding, as <see cref="BoundRun"/> and <see cref="StatefulSession"/> make it. The session's lock is held.</summary>
internal static class BoundCall
{
    /// <param name="session">Owner of the binding.</param>
    /// <param name="binding">Complete.</param>
    /// <param name="feeds">Host inputs, already bound.</param>
    /// <param name="options">The caller's own.</param>
    /// <exception cref="SessionException">ONNX Runtime failed.</exception>
    public static void Run(OnnxSession session, OrtIoBinding binding, HostTensorSet feeds, RunOptions options)
    {
        using var mode = new DenormalsFlushed(session.Settings.DenormalsAreZero);
        try
        {
            if (session.Device.Kind != DeviceKind.Cpu)
            {
                // ONNX Runtime copies an input to the device when it is bound, not when it is run.
                feeds.BindAsInputs(binding);
                binding.SynchronizeBoundInputs();
            }

            session.Native.RunWithBinding(options, binding);
            if (session.Device.Kind != DeviceKind.Cpu)
            {
                binding.SynchronizeBoundOutputs();
            }
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtRefusal.From(e, session.Device, $"{session.Settings.Name}: running");
        }
    }
}

/// <summary>Copies a tensor out of the device's memory for the caller. The session's lock is held.</summary>
internal static class DeviceCopy
{
    /// <exception cref="ArgumentException">The destination's length is not the tensor's.</exception>
    /// <exception cref="SessionException">ONNX Runtime failed.</exception>
    public static void Read<T>(OnnxSession session, DeviceMemory memory, OrtValue value, TensorSpec spec, Span<T> destination)
        where T : unmanaged
    {
        RequireLength(spec, destination.Length);
        try
        {
            memory.Read(value, spec.Type, spec.Shape, MemoryMarshal.AsBytes(destination));
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtRefusal.From(e, session.Device, $"{session.Settings.Name}: reading '{spec.Name}'");
        }
    }

    public static void RequireLength(TensorSpec spec, int length)
    {
        if (length != Shapes.Count(spec.Shape))
        {
            throw new ArgumentException($"{length} elements for '{spec.Name}', expected {Shapes.Count(spec.Shape)} as {Shapes.Text(spec.Shape)}");
        }
    }
}
