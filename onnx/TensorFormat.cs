using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using UnetSpikes.Core;
using UnetSpikes.Onnx.Protobuf;

namespace UnetSpikes.Onnx;

/// <summary>Tensors as TensorProto: written as raw little-endian bytes, read from any of the forms the standard allows.</summary>
internal static class TensorFormat
{
    public static TensorProto Write(Tensor tensor, string? name)
    {
        var proto = new TensorProto { DataType = (int)tensor.Type };
        if (name is not null)
        {
            proto.Name = name;
        }

        proto.Dims.AddRange(tensor.Dims);
        if (tensor.Count > 0)
        {
            // The standard's checker refuses a tensor without elements that carries a data field, even an empty one.
            proto.RawData = UnsafeByteOperations.UnsafeWrap(LittleEndian(tensor.Data));
        }

        return proto;
    }

    /// <summary>Reads a tensor; its claimed shape must agree with the data that is there before anything is allocated.</summary>
    /// <param name="proto">The message.</param>
    /// <param name="fail">Makes the exception, with where the tensor stands, of a problem.</param>
    public static Tensor Read(TensorProto proto, Func<string, UnetSpikesException> fail)
    {
        if (proto.DataLocation == TensorProto.Types.DataLocation.External || proto.ExternalData.Count > 0)
        {
            throw fail("its numbers are in another file, which is not supported: save the model with its data inside");
        }

        if (proto.Segment is not null)
        {
            throw fail("it is stored in segments, which is not supported");
        }

        long count = CountOf(proto, fail);
        long[] dims = [.. proto.Dims];
        return (ElementType)proto.DataType switch
        {
            ElementType.Float => Tensor.Of(Elements(proto, count, proto.FloatData, "float_data", v => v, fail), dims),
            ElementType.Double => Tensor.Of(Elements(proto, count, proto.DoubleData, "double_data", v => v, fail), dims),
            ElementType.Int64 => Tensor.Of(Elements(proto, count, proto.Int64Data, "int64_data", v => v, fail), dims),
            ElementType.Int32 => Tensor.Of(FromInts<int>(proto, count, v => v, fail), dims),
            ElementType.Int8 => Tensor.Of(FromInts(proto, count, v => checked((sbyte)v), fail), dims),
            ElementType.UInt8 => Tensor.Of(FromInts(proto, count, v => checked((byte)v), fail), dims),
            ElementType.Float16 => Tensor.Of(FromInts(proto, count, v => BitConverter.UInt16BitsToHalf(checked((ushort)v)), fail), dims),
            ElementType.Bool => Tensor.Of(Array.ConvertAll(FromInts(proto, count, v => checked((byte)v), fail), b => ToBool(b, fail)), dims),
            _ => throw fail($"elements of type {proto.DataType} (TensorProto.DataType) are not supported"),
        };
    }

    private static long CountOf(TensorProto proto, Func<string, UnetSpikesException> fail)
    {
        string shape = $"[{string.Join(", ", proto.Dims)}]";
        if (proto.Dims.Any(d => d < 0))
        {
            throw fail($"its shape {shape} has a negative size");
        }

        try
        {
            return proto.Dims.Contains(0) ? 0 : proto.Dims.Aggregate(1L, (product, size) => checked(product * size));
        }
        catch (OverflowException)
        {
            throw fail($"its shape {shape} has more elements than can be counted");
        }
    }

    private static T[] FromInts<T>(TensorProto proto, long count, Func<int, T> convert, Func<string, UnetSpikesException> fail)
        where T : unmanaged => Elements(proto, count, proto.Int32Data, "int32_data", convert, fail);

    private static T[] Elements<TField, T>(
        TensorProto proto, long count, RepeatedField<TField> field, string fieldName, Func<TField, T> convert, Func<string, UnetSpikesException> fail)
        where T : unmanaged
    {
        int given = proto.FloatData.Count + proto.Int32Data.Count + proto.Int64Data.Count + proto.DoubleData.Count;
        if (given != field.Count || (proto.HasRawData && proto.RawData.Length > 0 && given > 0))
        {
            throw fail($"its numbers must be in raw_data or in {fieldName}, and in nothing else");
        }

        if (given > 0)
        {
            if (given != count)
            {
                throw fail($"it has {given} numbers, expected {count} for its shape [{string.Join(", ", proto.Dims)}]");
            }

            try
            {
                return [.. field.Select(convert)];
            }
            catch (OverflowException)
            {
                throw fail($"a number in {fieldName} is outside the range of its type");
            }
        }

        int size = Unsafe.SizeOf<T>();
        if (proto.RawData.Length % size != 0 || proto.RawData.Length / size != count)
        {
            throw fail($"it has {proto.RawData.Length} bytes, expected {count} · {size} for its shape [{string.Join(", ", proto.Dims)}]");
        }

        var values = new T[count];
        proto.RawData.Span.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        Swap(values);
        return values;
    }

    private static bool ToBool(byte value, Func<string, UnetSpikesException> fail) => value <= 1 ? value == 1 : throw fail($"a Bool is {value}, expected 0 or 1");

    private static byte[] LittleEndian(Array data) => data switch
    {
        float[] values => Bytes(values),
        double[] values => Bytes(values),
        long[] values => Bytes(values),
        int[] values => Bytes(values),
        Half[] values => Bytes(values),
        bool[] values => Bytes(values),
        sbyte[] values => Bytes<sbyte>(values), // and byte[]: the same bytes to the CLR
        _ => throw new ArgumentException($"no tensors of {data.GetType().Name} are written", nameof(data)),
    };

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged
    {
        T[] ordered = values;
        if (!BitConverter.IsLittleEndian)
        {
            ordered = [.. values];
            Swap(ordered);
        }

        return MemoryMarshal.AsBytes<T>(ordered).ToArray();
    }

    /// <summary>From little-endian to this machine's order and back, in place.</summary>
    private static void Swap<T>(T[] values)
        where T : unmanaged
    {
        if (BitConverter.IsLittleEndian)
        {
            return;
        }

        switch (Unsafe.SizeOf<T>())
        {
            case 2:
                Span<ushort> shorts = MemoryMarshal.Cast<T, ushort>(values.AsSpan());
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                Span<uint> words = MemoryMarshal.Cast<T, uint>(values.AsSpan());
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case 8:
                Span<ulong> longs = MemoryMarshal.Cast<T, ulong>(values.AsSpan());
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }
}
