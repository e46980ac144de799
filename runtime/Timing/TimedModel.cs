using UnetSpikes.Core;

namespace UnetSpikes.Runtime.Timing;

/// <summary>A model with counts of one shape in its bound input: every call does the same work, and copies and allocates nothing.</summary>
public sealed class TimedModel : IDisposable
{
    private readonly OnnxSession _session;
    private readonly SpikeInput _input;
    private readonly BoundRun _run;
    private readonly TensorSpec _compared;
    private readonly int _batch;

    private TimedModel(OnnxSession session, SpikeInput input, int batch, int bins)
    {
        _session = session;
        _input = input;
        _batch = batch;
        long[] shape = input.Shape(batch, bins);
        float[] counts = Counts(input, batch, bins);
        // The outputs' lengths are those of one run: not every model declares them.
        TensorSpec[] outputs = [.. session.Run(new Dictionary<string, HostTensor> { [input.Name] = HostTensor.Of(counts, shape) }).Select(o => new TensorSpec(o.Key, o.Value.Type, [.. o.Value.Shape]))];
        _compared = outputs.FirstOrDefault(o => o.Name == "log_rates") ?? outputs[0];
        _run = new BoundRun(session, [new TensorSpec(input.Name, ElementType.Float, shape)], outputs);
        counts.CopyTo(_run.Input<float>(input.Name));
    }

    /// <summary>
    /// Bytes by which the process's peak memory rose from before the model was loaded to after its second run: weights, activations, inputs and outputs. Null
    /// where the system does not say.
    /// </summary>
    public long? MemoryBytes { get; private set; }

    /// <summary>Loads a model and runs it twice.</summary>
    /// <param name="load">Gives the model; it is freed with this.</param>
    /// <param name="input">How it takes counts.</param>
    /// <param name="batch">Trials per call.</param>
    /// <param name="bins">Bins of each.</param>
    /// <exception cref="SessionException">ONNX Runtime refused, by its own words: such as for a shape the model cannot take.</exception>
    public static TimedModel Open(Func<OnnxSession> load, SpikeInput input, int batch, int bins)
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(input);
        ResidentMemory memory = ResidentMemory.Watch();
        OnnxSession session = load();
        try
        {
            var model = new TimedModel(session, input, batch, bins);
            model.Call();
            model.MemoryBytes = memory.Risen;
            return model;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs the model once.</summary>
    public void Call() => _run.Run();

    /// <summary>Largest absolute difference of log-rates (of the first output, of a model that does not name them) from another model's for the same counts.</summary>
    /// <param name="other">Of the same batch and bins.</param>
    /// <returns>NaN where the outputs are not of one size.</returns>
    public double LargestDifference(TimedModel other)
    {
        ArgumentNullException.ThrowIfNull(other);
        (int bins, int channels) = OutputSize();
        if (_compared.Type != ElementType.Float || other._compared.Type != ElementType.Float || other.OutputSize() != (bins, channels) || other._batch != _batch)
        {
            return double.NaN;
        }

        Call();
        other.Call();
        ReadOnlySpan<float> mine = _run.Output<float>(_compared.Name), theirs = other._run.Output<float>(other._compared.Name);
        double largest = 0;
        for (int trial = 0; trial < _batch; trial++)
        {
            for (int bin = 0; bin < bins; bin++)
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    double difference = Math.Abs((double)mine[_input.Index(trial, bin, channel, bins, channels)] - theirs[other._input.Index(trial, bin, channel, bins, channels)]);
                    largest = Math.Max(largest, difference);
                }
            }
        }

        return largest;
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => _session.Dispose();

    private (int Bins, int Channels) OutputSize() => _compared.Shape is [_, long middle, long last]
        ? _input.IsChannelsLast ? ((int)middle, (int)last) : ((int)last, (int)middle)
        : default;

    /// <summary>Sparse counts, the same for every model whatever its order of axes.</summary>
    private static float[] Counts(SpikeInput input, int batch, int bins)
    {
        var rng = new Rng(1, "counts");
        var counts = new float[checked(batch * bins * input.Channels)];
        for (int trial = 0; trial < batch; trial++)
        {
            for (int bin = 0; bin < bins; bin++)
            {
                for (int channel = 0; channel < input.Channels; channel++)
                {
                    counts[input.Index(trial, bin, channel, bins, input.Channels)] = rng.NextPoisson(0.2);
                }
            }
        }

        return counts;
    }
}
