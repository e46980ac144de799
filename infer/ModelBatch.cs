using UnetSpikes.Runtime;

namespace UnetSpikes.Infer;

/// <summary>The model bound to buffers for a fixed number of windows of one length: filled, run and read again and again.</summary>
internal sealed class ModelBatch : IDisposable
{
    private readonly BoundRun _run;
    private readonly int _countsPerWindow;
    private readonly int _ratesPerWindow;
    private readonly int _latentsPerWindow;

    public ModelBatch(SpikeModel model, int size, int bins, int latentDimensions)
    {
        Size = size;
        Bins = bins;
        int outputBins = bins + model.ForwardBins;
        (_countsPerWindow, _ratesPerWindow, _latentsPerWindow) = (bins * model.InputUnits, outputBins * model.OutputUnits, outputBins * latentDimensions);
        var outputs = new List<TensorSpec> { new(SpikeModel.Rates, ElementType.Float, [size, outputBins, model.OutputUnits]) };
        if (latentDimensions > 0)
        {
            outputs.Add(new TensorSpec(SpikeModel.Latents, ElementType.Float, [size, outputBins, latentDimensions]));
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

    public void Run() => _run.Run();

    public void Dispose() => _run.Dispose();
}
