using System.Buffers.Binary;

namespace UnetSpikes.Torch;

/// <summary>The element types of PyTorch that are read here; all become float32.</summary>
public enum TorchType
{
    /// <summary>64-bit floating point; rounded to float32.</summary>
    Float64,

    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>16-bit floating point (IEEE 754).</summary>
    Float16,

    /// <summary>The upper half of a float32.</summary>
    BFloat16,

    /// <summary>64-bit whole numbers, such as <c>num_batches_tracked</c>.</summary>
    Int64,

    /// <summary>32-bit whole numbers.</summary>
    Int32,

    /// <summary>16-bit whole numbers.</summary>
    Int16,

    /// <summary>8-bit whole numbers.</summary>
    Int8,

    /// <summary>8-bit whole numbers without a sign.</summary>
    UInt8,

    /// <summary>0 or 1 in a byte.</summary>
    Bool,
}

/// <summary>What an element type is in memory.</summary>
public static class TorchTypes
{
    /// <summary>Bytes of an element.</summary>
    /// <param name="type">The type.</param>
    public static int Size(this TorchType type) => type switch
    {
        TorchType.Float64 or TorchType.Int64 => 8,
        TorchType.Float32 or TorchType.Int32 => 4,
        TorchType.Float16 or TorchType.BFloat16 or TorchType.Int16 => 2,
        _ => 1,
    };

    /// <summary>Whether it holds whole numbers.</summary>
    /// <param name="type">The type.</param>
    public static bool IsInteger(this TorchType type) => type >= TorchType.Int64;

    /// <summary>The element at the start of some bytes, the least significant byte first; to the nearest float32.</summary>
    /// <param name="type">The type.</param>
    /// <param name="bytes">At least <see cref="Size"/> bytes.</param>
    public static float Decode(this TorchType type, ReadOnlySpan<byte> bytes) => type switch
    {
        TorchType.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        TorchType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        TorchType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        TorchType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        TorchType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        TorchType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        TorchType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        TorchType.Int8 => (sbyte)bytes[0],
        _ => bytes[0],
    };
}
