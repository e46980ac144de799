using UnetSpikes.Core;
using UnetSpikes.Onnx.Protobuf;

namespace UnetSpikes.Onnx.Untrusted;

/// <summary>Tensors that a model brings along.</summary>
internal static class Constants
{
    /// <summary>Reads one; its shape must agree with the bytes that are there, inside the file.</summary>
    /// <param name="proto">The message.</param>
    /// <param name="fail">Makes the error, with where the tensor stands, of a problem.</param>
    /// <exception cref="CheckpointException">It does not, or they are elsewhere.</exception>
    public static Tensor Read(TensorProto proto, Func<string, CheckpointException> fail)
    {
        if (proto.Dims.Count > Limits.Rank)
        {
            throw fail($"it has {proto.Dims.Count} axes, expected at most {Limits.Rank}");
        }

        // Zeros aside: [0, 2^40, 2^40] is empty, and is counted nowhere without an overflow.
        double elements = proto.Dims.Aggregate(1.0, (product, size) => product * Math.Max(1.0, size));
        return elements <= Limits.Bytes
            ? TensorFormat.Read(proto, fail)
            : throw fail($"its shape [{string.Join(", ", proto.Dims)}] is more than a model may hold");
    }

    /// <summary>Whole numbers of any width; null for other tensors.</summary>
    public static IEnumerable<long>? WholeNumbers(Tensor? tensor) => tensor?.Type switch
    {
        ElementType.Int64 => tensor.Data.Cast<long>(),
        ElementType.Int32 => tensor.Data.Cast<int>().Select(value => (long)value),
        ElementType.Int8 => tensor.Data.Cast<sbyte>().Select(value => (long)value),
        ElementType.UInt8 => tensor.Data.Cast<byte>().Select(value => (long)value),
        _ => null,
    };
}
