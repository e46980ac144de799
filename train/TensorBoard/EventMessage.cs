using static UnetSpikes.Train.TensorBoard.ProtoFields;

namespace UnetSpikes.Train.TensorBoard;

/// <summary>Bytes of TensorFlow's Event and Summary messages, field by field; only the few fields an event file needs.</summary>
/// <remarks>
/// Field numbers from tensorflow/core/util/event.proto and framework/summary.proto. Written by hand: the few fields used do not pay
/// for generated code, and protobuf's wire format for them is <see cref="ProtoFields"/>.
/// </remarks>
internal static class EventMessage
{
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

    /// <summary>An event with a computation graph.</summary>
    /// <param name="wallTime">Seconds since 1970.</param>
    /// <param name="graph">See <see cref="GraphDefinition"/>.</param>
    public static byte[] Graph(double wallTime, byte[] graph) => Message(wallTime, step: 0, event_ => Length(event_, 4, graph)); // graph_def

    /// <summary>An event for one of TensorBoard's plugins, which finds its message beside the value and not in it.</summary>
    /// <param name="wallTime">Seconds since 1970.</param>
    /// <param name="tag">The name the plugin looks for.</param>
    /// <param name="plugin">The plugin's name.</param>
    /// <param name="content">Its message.</param>
    public static byte[] ForPlugin(double wallTime, string tag, string plugin, byte[] content) =>
        OfValue(wallTime, step: 0, tag, value =>
        {
            Nested(value, 8, tensor => // Nobody reads it, but an event has a value: float32 [1], as TensorBoard's own writer puts there.
            {
                Integer(tensor, 1, 1); // dtype: DT_FLOAT
                Nested(tensor, 2, shape => Nested(shape, 2, dim => Integer(dim, 1, 1)));
                PackedFloats(tensor, 5, 0);
            });
            Nested(value, 9, metadata =>
            {
                Nested(metadata, 1, data =>
                {
                    Text(data, 1, plugin);
                    Length(data, 2, content);
                });
                Integer(metadata, 4, 2); // data_class: DATA_CLASS_TENSOR
            });
        });

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
}
