using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace UnetSpikes.Runtime;

/// <summary>Host memory that ONNX Runtime reads or writes in place: it never moves, and starts on a cache line.</summary>
/// <remarks>A managed array on the pinned heap, not native memory: a span over it keeps it alive, so a span that outlives its session
/// reads old numbers instead of freed memory.</remarks>
internal sealed class HostBuffer
{
    // One AVX-512 register, one cache line.
    private const int Alignment = 64;

    private readonly byte[] _bytes;
    private readonly int _start;
    private readonly int _length;

    public HostBuffer(ElementType type, long[] shape)
    {
        Type = type;
        Shape = shape;
        long length = Shapes.Count(shape) * type.Bytes();
        if (length > Array.MaxLength - Alignment)
        {
            throw new ArgumentException($"a bound tensor {Shapes.Text(shape)} takes {length} bytes, at most {Array.MaxLength - Alignment} are possible");
        }

        _length = (int)length;
        _bytes = GC.AllocateArray<byte>(_length + Alignment, pinned: true);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);
        _start = (int)((Alignment - (address % Alignment)) % Alignment);
    }

    public ElementType Type { get; }

    public long[] Shape { get; }

    public Span<byte> Bytes => _bytes.AsSpan(_start, _length);

    /// <summary>The numbers. The caller has checked the type.</summary>
    public Span<T> Values<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes);

    /// <summary>A value over this memory, to be disposed by the caller, who keeps the buffer alive for as long.</summary>
    public OrtValue NewValue() => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance, Type.ToOrt(), Shape, Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, _start), _length);
}
