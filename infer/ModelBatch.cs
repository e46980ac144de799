using UnetSpikes.Runtime;

namespace UnetSpikes.Infer;

/// <summary>The model bound to buffers for a fixed number of windows of one length: filled, run and read again and again.</summary>
internal sealed class ModelBatch : IDisposable
{
    private readonly BoundRun _run;
    private readonly int _countsPerWindow;
    private readonly int _ratesPerWindow;
    private readonly int _latentsPerWindow;
    private readonly int _decodedPerWindow;

    /// <summary>Makes the buffers.</summary>
    /// <param name="model">Stays the caller's.</param>
    /// <param name="size">Windows per run.</param>
    /// <param name="bins">Bins of counts per window.</param>
    /// <param name="latentDimensions">Dimensions of the latents; 0 = not wanted.</param>
    public ModelBatch(SpikeModel model, int size, int bins, int latentDimensions)
    {
        Size = size;
        Bins = bins;
        int outputBins = bins + model.ForwardBins;
        (_countsPerWindow, _ratesPerWindow, _latentsPerWindow) = (bins * model.InputUnits, outputBins * model.OutputUnits, outputBins * latentDimensions);
        _decodedPerWindow = bins * model.DecodedColumns;
        var outputs = new List<TensorSpec> { new(SpikeModel.Rates, ElementType.Float, [size, outputBins, model.OutputUnits]) };
        if (latentDimensions > 0)
        {
            outputs.Add(new TensorSpec(SpikeModel.Latents, ElementType.Float, [size, outputBins, latentDimensions]));
        }

        if (model.DecodedColumns > 0)
        {
            outputs.Add(new TensorSpec(SpikeModel.Decoded, ElementType.Float, [size, bins, model.DecodedColumns]));
        }

        _run = new BoundRun(model.Session, [new TensorSpec(SpikeModel.Spikes, ElementType.Float, [size, bins, model.InputUnits])], outputs);
    }

    /// <summary>Windows per run.</summary>
    public int Size { get; }

    /// <summary>Bins of counts per window; the model's forward bins come out behind them.</summary>
    public int Bins { get; }

    /// <summary>A window's counts [bin, input unit], to be filled.</summary>
    public Span<float> Counts(int slot) => _run.Input<float>(SpikeModel.Spikes).Slice(slot * _countsPerWindow, _countsPerWindow);

    /// <summary>A window's rates [bin, output unit], forward bins included.</summary>
    public ReadOnlySpan<float> Rates(int slot) => _run.Output<float>(SpikeModel.Rates).Slice(slot * _ratesPerWindow, _ratesPerWindow);

    /// <summary>A window's latents [bin, dimension], forward bins included.</summary>
    public ReadOnlySpan<float> Latents(int slot) => _run.Output<float>(SpikeModel.Latents).Slice(slot * _latentsPerWindow, _latentsPerWindow);

    /// <summary>A window's decoded columns [bin, column] of the bins that went in, where the model has a decoder behind the rates.</summary>
    public ReadOnlySpan<float> Decoded(int slot) => _run.Output<float>(SpikeModel.Decoded).Slice(slot * _decodedPerWindow, _decodedPerWindow);

    public void Run() => _run.Run();

    public void Dispose() => _run.Dispose();
}
