using UnetSpikes.Onnx;

namespace UnetSpikes.Train.TensorBoard;

/// <summary>Writes a TensorBoard event file: curves, pictures and distributions over training steps, the graph and the options.</summary>
/// <remarks>
/// Every run of a folder writes a file of its own, as TensorFlow does, and TensorBoard joins them: resuming never touches what is
/// there, and a killed run loses at most what was not flushed. Flushed at least every <see cref="FlushInterval"/>.
/// </remarks>
public sealed class EventWriter : IDisposable
{
    /// <summary>How old the newest event may become before the file is flushed by the next one.</summary>
    public static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(5);

    private readonly FileStream _file;
    private readonly TimeProvider _clock;
    private long _flushed;

    /// <summary>Starts a new event file.</summary>
    /// <param name="folder">The run's folder; made if absent.</param>
    public EventWriter(string folder)
        : this(folder, TimeProvider.System)
    {
    }

    internal EventWriter(string folder, TimeProvider clock)
    {
        Directory.CreateDirectory(folder);
        _clock = clock;
        _flushed = clock.GetTimestamp();
        _file = Create(folder, clock.GetUtcNow().ToUnixTimeSeconds());
        TFRecord.Write(_file, EventMessage.FileVersion(Now));
        Flush();
    }

    /// <summary>The file: <c>events.out.tfevents.SECONDS.HOST.PROCESS.N</c>, as TensorBoard looks for it.</summary>
    public string Path => _file.Name;

    private double Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Adds a point to a curve.</summary>
    /// <param name="tag">The curve, such as <c>valid/r2_uniform</c>; the part before the slash groups curves.</param>
    /// <param name="step">The training step, from 0.</param>
    /// <param name="value">Kept as float32; NaN is allowed and shown as such.</param>
    public void Scalar(string tag, long step, double value) => Write(EventMessage.Scalar(Now, step, tag, (float)value));

    /// <summary>Adds a picture.</summary>
    /// <param name="tag">The picture, such as <c>trial/rates</c>.</param>
    /// <param name="step">The training step, from 0.</param>
    /// <param name="picture">See <see cref="HeatMap.Draw"/>.</param>
    public void Image(string tag, long step, HeatMap picture) =>
        Write(EventMessage.Image(Now, step, tag, picture.Width, picture.Height, Png.Encode(picture.Rgb, picture.Width, picture.Height)));

    /// <summary>Adds a distribution.</summary>
    /// <param name="tag">The distribution, such as <c>weights/embedding</c>.</param>
    /// <param name="step">The training step, from 0.</param>
    /// <param name="values">Any number; those that are not finite are left out.</param>
    public void Histogram(string tag, long step, ReadOnlySpan<float> values) =>
        Write(EventMessage.Histogram(Now, step, tag, HistogramCounts.Of(values)));

    /// <summary>Adds the run's graph, for the Graphs page.</summary>
    /// <param name="graph">The graph.</param>
    public void Graph(Graph graph) => Write(EventMessage.Graph(Now, GraphDefinition.Of(graph)));

    /// <summary>Adds the run's options, for the HParams page.</summary>
    /// <param name="options">Each a <c>double</c>, <c>bool</c> or <c>string</c>.</param>
    public void SessionStart(IReadOnlyDictionary<string, object> options) => Write(
        EventMessage.ForPlugin(Now, HyperparameterSession.StartTag, HyperparameterSession.Plugin, HyperparameterSession.Start(Now, options)));

    /// <summary>Says to the HParams page that the run came to its end.</summary>
    public void SessionEnd() => Write(
        EventMessage.ForPlugin(Now, HyperparameterSession.EndTag, HyperparameterSession.Plugin, HyperparameterSession.End(Now)));

    /// <summary>Hands everything to the operating system, so that a TensorBoard that is open shows it.</summary>
    public void Flush()
    {
        _file.Flush();
        _flushed = _clock.GetTimestamp();
    }

    /// <summary>Flushes and closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>A name no other run has, even one started in the same second: the last number counts up.</summary>
    private static FileStream Create(string folder, long seconds)
    {
        for (int n = 0; ; n++)
        {
            string name = $"events.out.tfevents.{seconds}.{Environment.MachineName}.{Environment.ProcessId}.{n}";
            string path = System.IO.Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            }
        }
    }

    private void Write(byte[] message)
    {
        TFRecord.Write(_file, message);
        if (_clock.GetElapsedTime(_flushed) >= FlushInterval)
        {
            Flush();
        }
    }
}
