using UnetSpikes.Runtime;

namespace UnetSpikes.Infer;

/// <summary>The model bound to buffers for a fixed number of windows of one length: filled, run and read again and again.</summary>
internal sealed class ModelBatch : IDisposable
{
    private readonly BoundRun _run;
    private readonly int _latentDimensions;
    private readonly int _channels;

    public ModelBatch(SpikeModel model, int size, int bins, int latentDimensions)
    {
        Size = size;
        Bins = bins;
        _channels = model.Channels;
        _latentDimensions = latentDimensions;
        var outputs = new List<TensorSpec> { new(SpikeModel.Rates, ElementType.Float, [size, bins, _channels]) };
        if (latentDimensions > 0)
        {
            outputs.Add(new TensorSpec(SpikeModel.Latents, ElementType.Float, [size, bins, latentDimensions]));
        }

        _run = new BoundRun(model.Session, [new TensorSpec(SpikeModel.Spikes, ElementType.Float, [size, bins, _channels])], outputs);
    }

    /// <summary>Windows per run.</summary>
    public int Size { get; }

    /// <summary>Bins per window.</summary>
    public int Bins { get; }

    /// <summary>A window's counts [bin, channel], to be filled.</summary>
    public Span<float> Counts(int slot) => _run.Input<float>(SpikeModel.Spikes).Slice(slot * Bins * _channels, Bins * _channels);

    /// <summary>A window's rates [bin, channel].</summary>
    public ReadOnlySpan<float> Rates(int slot) => _run.Output<float>(SpikeModel.Rates).Slice(slot * Bins * _channels, Bins * _channels);

    /// <summary>A window's latents [bin, dimension].</summary>
    public ReadOnlySpan<float> Latents(int slot) =>
        _run.Output<float>(SpikeModel.Latents).Slice(slot * Bins * _latentDimensions, Bins * _latentDimensions);

    public void Run() => _run.Run();

    public void Dispose() => _run.Dispose();
}
