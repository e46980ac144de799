using Microsoft.ML.OnnxRuntime;

namespace UnetSpikes.Runtime;

/// <summary>Tensors in the device's own memory, and the way to read them.</summary>
/// <remarks>
/// Reading runs a one-node Identity model on the same device with its output bound to host memory, so that ONNX Runtime does the
/// copying: no CUDA call of ours, and the same path for every provider. Which device is told apart from which path, so that the whole path
/// is tested on machines without a GPU.
/// </remarks>
internal sealed class DeviceMemory : IDisposable
{
    private readonly Device _device;
    private readonly OrtMemoryInfo _info;
    private readonly OrtAllocator _allocator;
    private readonly Dictionary<ElementType, OnnxSession> _readers = [];

    /// <param name="device">Where.</param>
    /// <param name="session">The session that will use it; its lock is held.</param>
    public DeviceMemory(Device device, InferenceSession session)
    {
        _device = device;
        _info = device.Kind == DeviceKind.Cuda
            ? new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.ArenaAllocator, device.Index, OrtMemType.Default)
            : new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default);
        try
        {
            _allocator = new OrtAllocator(session, _info);
        }
        catch (OnnxRuntimeException)
        {
            _info.Dispose();
            throw;
        }
    }

    /// <summary>Unset memory, to be disposed by the caller before this.</summary>
    public OrtValue Allocate(TensorSpec spec) => OrtValue.CreateAllocatedTensorValue(_allocator, spec.Type.ToOrt(), spec.Shape);

    /// <summary>Copies a value out.</summary>
    /// <param name="value">In the device's memory, complete.</param>
    /// <param name="type">Its type.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="destination">As many bytes.</param>
    public void Read(OrtValue value, ElementType type, long[] shape, Span<byte> destination)
    {
        if (!_readers.TryGetValue(type, out OnnxSession? reader))
        {
            SessionSettings settings = new() { Name = "reading device memory", Device = _device, Threads = 1, Spinning = false };
            reader = _readers[type] = new OnnxSession(IdentityModel(type), settings);
        }

        var host = new HostBuffer(type, shape);
        using (OrtValue hostValue = host.NewValue())
        using (var options = new RunOptions())
        using (OrtIoBinding binding = reader.Native.CreateIoBinding())
        {
            binding.BindInput("x", value);
            binding.BindOutput("y", hostValue);
            reader.Native.RunWithBinding(options, binding);
            binding.SynchronizeBoundOutputs();
        }

        host.Bytes.CopyTo(destination);
        GC.KeepAlive(this);
    }

    /// <summary>Only after every value allocated here.</summary>
    public void Dispose()
    {
        foreach (OnnxSession reader in _readers.Values)
        {
            reader.Dispose();
        }

        _allocator.Dispose();
        _info.Dispose();
    }

    /// <summary>y = Identity(x) as a serialized ModelProto (onnx.proto; IR 8, opset 17), x of any shape.</summary>
    internal static byte[] IdentityModel(ElementType type)
    {
        byte[] node = [.. Field(1, "x"u8), .. Field(2, "y"u8), .. Field(4, "Identity"u8)];
        byte[] tensorType = [0x08, (byte)type.ToOrt()];                 // TypeProto.Tensor.elem_type
        byte[] typeProto = Field(1, tensorType);                        // TypeProto.tensor_type
        byte[] x = [.. Field(1, "x"u8), .. Field(2, typeProto)];        // ValueInfoProto
        byte[] y = [.. Field(1, "y"u8), .. Field(2, typeProto)];
        byte[] graph = [.. Field(1, node), .. Field(2, "copy"u8), .. Field(11, x), .. Field(12, y)];
        return [0x08, 8, .. Field(7, graph), .. Field(8, [0x10, 17])];  // ir_version, graph, opset_import
    }

    // One length-delimited protobuf field, shorter than 128 bytes.
    private static byte[] Field(int number, ReadOnlySpan<byte> content) =>
        [(byte)((number << 3) | 2), (byte)content.Length, .. content];
}
