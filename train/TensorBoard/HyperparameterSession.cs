using static UnetSpikes.Train.TensorBoard.ProtoFields;

namespace UnetSpikes.Train.TensorBoard;

/// <summary>The messages of TensorBoard's HParams page: a run's options at its start, and that it ended.</summary>
/// <remarks>
/// Field numbers from tensorboard/plugins/hparams/plugin_data.proto and api.proto. The plugin's third message, the experiment, is left
/// out on purpose: without one TensorBoard gathers the options' types and values, and the metrics, from all runs of the folder and
/// marks the options that differ; with one it believes that of whichever run it meets first.
/// </remarks>
internal static class HyperparameterSession
{
    /// <summary>The plugin's name.</summary>
    public const string Plugin = "hparams";

    /// <summary>The tag of <see cref="Start"/>.</summary>
    public const string StartTag = "_hparams_/session_start_info";

    /// <summary>The tag of <see cref="End"/>.</summary>
    public const string EndTag = "_hparams_/session_end_info";

    private const int Success = 1;

    /// <summary>HParamsPluginData with a SessionStartInfo.</summary>
    /// <param name="startTime">Seconds since 1970.</param>
    /// <param name="options">Each a <c>double</c>, <c>bool</c> or <c>string</c>.</param>
    /// <exception cref="ArgumentException">A value of another type.</exception>
    public static byte[] Start(double startTime, IReadOnlyDictionary<string, object> options) => Message(data => Nested(data, 3, start =>
    {
        foreach ((string name, object value) in options.OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            Nested(start, 1, entry =>
            {
                Text(entry, 1, name);
                Nested(entry, 2, to => StructValue(to, name, value));
            });
        }

        Double(start, 5, startTime);
    }));

    /// <summary>HParamsPluginData with a SessionEndInfo: the run came to its end.</summary>
    /// <param name="endTime">Seconds since 1970.</param>
    /// <remarks>A stopped run gets none, since TensorBoard keeps the first it reads and the run may be resumed.</remarks>
    public static byte[] End(double endTime) => Message(data => Nested(data, 4, end =>
    {
        Integer(end, 1, Success);
        Double(end, 2, endTime);
    }));

    /// <summary>google.protobuf.Value.</summary>
    private static void StructValue(MemoryStream to, string name, object value)
    {
        switch (value)
        {
            case double number:
                Double(to, 2, number);
                break;
            case string text:
                Text(to, 3, text);
                break;
            case bool flag:
                Integer(to, 4, flag ? 1 : 0);
                break;
            default:
                throw new ArgumentException($"{name} is a {value.GetType().Name}, expected a number, a text or a boolean", nameof(value));
        }
    }
}
