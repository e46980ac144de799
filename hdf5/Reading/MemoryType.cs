using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5.Reading;

/// <summary>What numbers are converted to on their way into memory.</summary>
internal enum MemoryType : byte
{
    /// <summary>float32.</summary>
    Single,

    /// <summary>float64.</summary>
    Double,

    /// <summary>int64.</summary>
    Int64,

    /// <summary>int32.</summary>
    Int32,

    /// <summary>uint8.</summary>
    Byte,
}

/// <summary>The five memory types as .NET and as HDF5 have them.</summary>
internal static class MemoryTypes
{
    /// <summary>The one of <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">HDF5 data is not read as that here.</exception>
    public static MemoryType Of<T>()
        where T : unmanaged =>
        typeof(T) == typeof(float) ? MemoryType.Single
        : typeof(T) == typeof(double) ? MemoryType.Double
        : typeof(T) == typeof(long) ? MemoryType.Int64
        : typeof(T) == typeof(int) ? MemoryType.Int32
        : typeof(T) == typeof(byte) ? MemoryType.Byte
        : throw new NotSupportedException($"{typeof(T).Name} is not a type HDF5 data is read as here");

    /// <summary>Bytes per element.</summary>
    public static int Size(this MemoryType type) => type switch
    {
        MemoryType.Double or MemoryType.Int64 => 8,
        MemoryType.Byte => 1,
        _ => 4,
    };

    /// <summary>The library's own type of that layout.</summary>
    public static H5Id ToNative(this MemoryType type) => H5T.Predefined(type switch
    {
        MemoryType.Single => "H5T_NATIVE_FLOAT_g",
        MemoryType.Double => "H5T_NATIVE_DOUBLE_g",
        MemoryType.Int64 => "H5T_NATIVE_INT64_g",
        MemoryType.Int32 => "H5T_NATIVE_INT32_g",
        _ => "H5T_NATIVE_UINT8_g",
    });
}
