using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.Infer.Pipeline;

/// <summary>How one array of counts is run over: its windows, how many at once, and what the results are called.</summary>
internal sealed class ArrayPlan
{
    private const int DefaultBatch = 64;

    /// <summary>Counts per batch unless told otherwise (8 MB): larger batches bring no speed, only memory.</summary>
    private const int BatchValues = 1 << 21;

    private readonly WindowPlan? _windows;

    public ArrayPlan(CountsArray counts, SpikeModel model, InferOptions options)
    {
        Counts = counts;
        LatentDimensions = options.Latents ? model.LatentDimensions() : 0;
        Rates = NameFor(counts, RatesKind.Rates, model);
        Latents = NameFor(counts, RatesKind.Latents, model);
        Decoded = NameFor(counts, RatesKind.Decoded, model);
        if (counts.Trials > 0 && counts.Bins > 0)
        {
            ForwardBins = model.ForwardBins;
            _windows = WindowPlan.For(counts.Bins, options.WindowBins, model.Metadata.BinMultiple, model.ReachLeft, model.ReachRight, ForwardBins);
            BatchSize = ChooseBatch(model, options);
        }
    }

    /// <summary>The array.</summary>
    public CountsArray Counts { get; }

    /// <summary>The key of its rates.</summary>
    public string Rates { get; }

    /// <summary>The key of its latents, where they are wanted.</summary>
    public string Latents { get; }

    /// <summary>The key of what is decoded from its rates, where the model has a decoder behind them.</summary>
    public string Decoded { get; }

    /// <summary>Dimensions of the latents; 0 = not wanted.</summary>
    public int LatentDimensions { get; }

    /// <summary>Bins predicted behind each trial's end; 0 where there is nothing to run over.</summary>
    public int ForwardBins { get; }

    /// <summary>Bins of rates of a trial, forward bins included.</summary>
    public int RatesBins => Counts.Bins + ForwardBins;

    /// <summary>Bins of every window that come out of the model, forward bins included; 0 where there is nothing to run over.</summary>
    public int OutputBins => _windows?.Length ?? 0;

    /// <summary>Bins of every window that go into the model.</summary>
    public int WindowBins => OutputBins - ForwardBins;

    /// <summary>Windows per trial.</summary>
    public int WindowsPerTrial => _windows?.Windows.Count ?? 0;

    /// <summary>Windows per run of the model.</summary>
    public int BatchSize { get; }

    /// <summary>All windows of all trials, in order, in batches; only the last may be smaller.</summary>
    public IEnumerable<(int Trial, BinWindow Window)[]> Batches() => _windows is null
        ? []
        : Enumerable.Range(0, Counts.Trials).SelectMany(trial => _windows.Windows.Select(window => (trial, window))).Chunk(BatchSize);

    /// <summary>The key of what is made from an array; <c>train_spikes_heldin</c> gives <c>train_rates</c> where the rates of held-out units stand beside those held in.</summary>
    public static string NameFor(CountsArray counts, RatesKind kind, SpikeModel model) => RatesWriter.NameFor(
        model.InputUnits < model.OutputUnits && counts.Name.EndsWith(Hdf5Counts.HeldIn, StringComparison.Ordinal) ? counts.Name[..^Hdf5Counts.HeldIn.Length] : counts.Name, kind);

    private int ChooseBatch(SpikeModel model, InferOptions options)
    {
        long windows = (long)Counts.Trials * WindowsPerTrial;
        long perWindow = (long)OutputBins * Math.Max(Math.Max(Counts.Units, model.OutputUnits), Math.Max(LatentDimensions, model.DecodedColumns));
        long size = options.Batch ?? Math.Clamp(BatchValues / perWindow, 1, DefaultBatch);
        if (options.Batch is not null && Math.Min(size, windows) * perWindow > Array.MaxLength)
        {
            throw new UsageException("--batch", string.Create(
                CultureInfo.InvariantCulture, $"{size} windows of {OutputBins} bins are more than one array holds, expected at most {Array.MaxLength / perWindow}"));
        }

        return (int)Math.Min(size, windows);
    }
}
