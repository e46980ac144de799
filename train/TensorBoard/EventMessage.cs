using System.Buffers.Binary;
using System.Text;

namespace UnetSpikes.Train.TensorBoard;

/// <summary>Bytes of TensorFlow's Event and Summary messages, field by field; only the few fields an event file needs.</summary>
/// <remarks>
/// Field numbers from tensorflow/core/util/event.proto and framework/summary.proto. Written by hand: two messages do not pay
/// for generated code, and protobuf's wire format for them is this page.
/// </remarks>
internal static class EventMessage
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;
    private const int Fixed32 = 5;

    /// <summary>The first event of every file, which says how to read the rest.</summary>
    /// <param name="wallTime">Seconds since 1970.</param>
    public static byte[] FileVersion(double wallTime) =>
        Message(wallTime, step: 0, event_ => Text(event_, 3, "brain.Event:2")); // file_version

    /// <summary>An event with one number.</summary>
    /// <param name="wallTime">Seconds since 1970.</param>
    /// <param name="step">The training step.</param>
    /// <param name="tag">The curve's name; a slash makes groups.</param>
    /// <param name="value">What is drawn.</param>
    public static byte[] Scalar(double wallTime, long step, string tag, float value) =>
        OfValue(wallTime, step, tag, summaryValue => Float(summaryValue, 2, value)); // simple_value

    /// <summary>An event with one picture.</summary>
    /// <param name="wallTime">Seconds since 1970.</param>
    /// <param name="step">The training step.</param>
    /// <param name="tag">The picture's name.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="png">The encoded picture, three channels.</param>
    public static byte[] Image(double wallTime, long step, string tag, int width, int height, byte[] png) =>
        OfValue(wallTime, step, tag, summaryValue => Nested(summaryValue, 4, image =>
        {
            Integer(image, 1, height);
            Integer(image, 2, width);
            Integer(image, 3, 3); // colorspace: RGB
            Length(image, 4, png); // encoded_image_string
        }));

    /// <summary>An event with one distribution.</summary>
    /// <param name="wallTime">Seconds since 1970.</param>
    /// <param name="step">The training step.</param>
    /// <param name="tag">The distribution's name.</param>
    /// <param name="histogram">Counted values.</param>
    public static byte[] Histogram(double wallTime, long step, string tag, HistogramCounts histogram) =>
        OfValue(wallTime, step, tag, summaryValue => Nested(summaryValue, 5, histo =>
        {
            Double(histo, 1, histogram.Min);
            Double(histo, 2, histogram.Max);
            Double(histo, 3, histogram.Number);
            Double(histo, 4, histogram.Sum);
            Double(histo, 5, histogram.SumOfSquares);
            Packed(histo, 6, histogram.UpperLimits);
            Packed(histo, 7, histogram.Counts);
        }));

    private static byte[] OfValue(double wallTime, long step, string tag, Action<MemoryStream> content) =>
        Message(wallTime, step, event_ => Nested(event_, 5, summary => Nested(summary, 1, value => // Event.summary, Summary.value
        {
            Text(value, 1, tag);
            content(value);
        })));

    private static byte[] Message(double wallTime, long step, Action<MemoryStream> content)
    {
        using var message = new MemoryStream();
        Double(message, 1, wallTime);
        if (step != 0)
        {
            Integer(message, 2, step); // proto3 leaves defaults out, and so the first record is TensorFlow's byte for byte.
        }

        content(message);
        return message.ToArray();
    }

    private static void Nested(MemoryStream to, int field, Action<MemoryStream> content)
    {
        using var inner = new MemoryStream();
        content(inner);
        Length(to, field, inner.ToArray());
    }

    private static void Text(MemoryStream to, int field, string text) => Length(to, field, Encoding.UTF8.GetBytes(text));

    private static void Length(MemoryStream to, int field, byte[] bytes)
    {
        Raw(to, (ulong)((field << 3) | Bytes));
        Raw(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    private static void Integer(MemoryStream to, int field, long value)
    {
        Raw(to, (ulong)((field << 3) | Varint));
        Raw(to, (ulong)value);
    }

    private static void Float(MemoryStream to, int field, float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Raw(to, (ulong)((field << 3) | Fixed32));
        to.Write(bytes);
    }

    private static void Double(MemoryStream to, int field, double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        Raw(to, (ulong)((field << 3) | Fixed64));
        to.Write(bytes);
    }

    private static void Packed(MemoryStream to, int field, double[] values)
    {
        var bytes = new byte[values.Length * 8];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * 8), values[i]);
        }

        Length(to, field, bytes);
    }

    /// <summary>A base-128 varint: seven bits a byte, lowest first.</summary>
    private static void Raw(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            to.WriteByte((byte)(value | 0x80));
        }

        to.WriteByte((byte)value);
    }
}
