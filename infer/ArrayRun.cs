using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Runtime;

namespace UnetSpikes.Infer;

/// <summary>What came of one array of counts.</summary>
/// <param name="Counts">Its key in the input.</param>
/// <param name="Rates">The key of its rates in the output.</param>
/// <param name="Trials">Number of trials.</param>
/// <param name="Bins">Bins per trial.</param>
/// <param name="WindowBins">Bins the model was run on at a time.</param>
/// <param name="Windows">Windows per trial; 1 = whole trials.</param>
/// <param name="Batch">Windows per run.</param>
/// <param name="GapBins">Bins with a unit that was not recorded; the rates of such units are NaN there.</param>
/// <param name="NearGapBins">Recorded bins whose rates were computed with zeros in a gap's place.</param>
public sealed record ArrayResult(
    string Counts, string Rates, int Trials, int Bins, int WindowBins, int Windows, int Batch, long GapBins, long NearGapBins);

/// <summary>Runs the model over one array of counts, window by window, and writes its rates: memory does not grow with the recording.</summary>
internal sealed class ArrayRun : IDisposable
{
    private const int DefaultBatch = 64;

    /// <summary>Counts per batch unless told otherwise (16 MB): larger batches bring no speed, only memory.</summary>
    private const int BatchValues = 1 << 22;

    private readonly SpikeModel _model;
    private readonly CountsArray _array;
    private readonly UnitOrder _units;
    private readonly RatesWriter _writer;
    private readonly WindowPlan _plan;
    private readonly ModelBatch _batch;
    private readonly int _latentDimensions;
    private readonly string _ratesName;
    private readonly string _latentsName;
    private readonly float[] _recorded; // [window, bin, unit] as the file has them, gaps included
    private readonly float[] _rows;
    private readonly float[] _latentRows;
    private long _gaps;
    private long _nearGaps;
    private GapCount? _trialGaps;

    public ArrayRun(SpikeModel model, CountsArray array, UnitOrder units, RatesWriter writer, InferOptions options)
    {
        (_model, _array, _units, _writer) = (model, array, units, writer);
        ModelMetadata metadata = model.Metadata;
        _plan = WindowPlan.For(array.Bins, options.WindowBins, metadata.BinMultiple, metadata.ReceptiveFieldLeft, metadata.ReceptiveFieldRight);
        _latentDimensions = options.Latents ? model.LatentDimensions() : 0;
        _batch = new ModelBatch(model, BatchSize(options), _plan.Length, _latentDimensions);
        _recorded = new float[_batch.Size * _plan.Length * array.Units];
        int longest = _plan.Windows.Max(w => w.Count);
        _rows = new float[longest * array.Units];
        _latentRows = new float[longest * _latentDimensions];
        _ratesName = RatesWriter.NameFor(array.Name, RatesKind.Rates);
        _latentsName = RatesWriter.NameFor(array.Name, RatesKind.Latents);
    }

    /// <summary>Runs over all trials.</summary>
    /// <param name="onBins">Told how many bins were written.</param>
    /// <param name="cancel">Looked at before every run of the model.</param>
    /// <exception cref="DataFormatException">Something in the file is no count.</exception>
    /// <exception cref="CheckpointException">The model gives something that is no rate.</exception>
    public ArrayResult Run(Action<long> onBins, CancellationToken cancel)
    {
        IEnumerable<(int Trial, BinWindow Window)> all =
            Enumerable.Range(0, _array.Trials).SelectMany(trial => _plan.Windows.Select(window => (trial, window)));
        foreach ((int Trial, BinWindow Window)[] pieces in all.Chunk(_batch.Size))
        {
            cancel.ThrowIfCancellationRequested();
            for (int slot = 0; slot < pieces.Length; slot++)
            {
                Fill(slot, pieces[slot].Trial, pieces[slot].Window);
            }

            _batch.Run(); // A last batch that is not full computes old windows again: one shape, no new memory.
            for (int slot = 0; slot < pieces.Length; slot++)
            {
                Keep(slot, pieces[slot].Trial, pieces[slot].Window);
            }

            onBins(pieces.Sum(piece => (long)piece.Window.Count));
        }

        EndTrial();
        return new ArrayResult(
            _array.Name, _ratesName, _array.Trials, _array.Bins, _plan.Length, _plan.Windows.Count, _batch.Size, _gaps, _nearGaps);
    }

    public void Dispose() => _batch.Dispose();

    private int BatchSize(InferOptions options)
    {
        long windows = Math.Max(1, (long)_array.Trials * _plan.Windows.Count);
        long perWindow = (long)_plan.Length * Math.Max(_array.Units, _latentDimensions);
        long size = options.Batch ?? Math.Clamp(BatchValues / perWindow, 1, DefaultBatch);
        if (options.Batch is not null && Math.Min(size, windows) * perWindow > Array.MaxLength)
        {
            throw new UsageException("--batch", string.Create(
                CultureInfo.InvariantCulture, $"{size} windows of {_plan.Length} bins are more than one array holds, expected at most {Array.MaxLength / perWindow}"));
        }

        return (int)Math.Min(size, windows);
    }

    /// <summary>Reads a window's counts; outside the trial, and where nothing was recorded, the model sees zeros.</summary>
    private void Fill(int slot, int trial, BinWindow window)
    {
        int units = _array.Units;
        Span<float> recorded = Recorded(slot);
        int first = Math.Max(window.Start, 0), end = Math.Min(window.Start + _plan.Length, _array.Bins);
        int before = (first - window.Start) * units, read = (end - first) * units;
        recorded[..before].Clear();
        recorded[(before + read)..].Clear();
        _array.Read(trial, first, end - first, recorded.Slice(before, read));

        Span<float> counts = _batch.Counts(slot);
        for (int row = 0; row < recorded.Length; row += units)
        {
            for (int unit = 0; unit < units; unit++)
            {
                float count = recorded[row + unit];
                counts[row + _units.Channels[unit]] = float.IsNaN(count) ? 0 : count;
            }
        }
    }

    /// <summary>Writes what a window's plan keeps of it, in the file's order of units; not recorded in, not known out.</summary>
    private void Keep(int slot, int trial, BinWindow window)
    {
        int units = _array.Units, skipped = window.First - window.Start;
        ReadOnlySpan<float> recorded = Recorded(slot), rates = _batch.Rates(slot);
        ReadOnlySpan<float> latents = _latentDimensions > 0 ? _batch.Latents(slot).Slice(skipped * _latentDimensions, window.Count * _latentDimensions) : default;
        latents.CopyTo(_latentRows);
        if (window.First == 0)
        {
            EndTrial();
        }

        for (int bin = 0; bin < window.Count; bin++)
        {
            int row = (skipped + bin) * units, missing = 0;
            for (int unit = 0; unit < units; unit++)
            {
                float rate = rates[row + _units.Channels[unit]];
                bool isGap = float.IsNaN(recorded[row + unit]);
                missing += isGap ? 1 : 0;
                _rows[(bin * units) + unit] = isGap ? float.NaN : float.IsFinite(rate) ? rate : throw NotARate(rate, trial, window.First + bin, unit);
            }

            if (missing > 0)
            {
                ModelMetadata metadata = _model.Metadata;
                _trialGaps ??= metadata.NeedsTrials
                    ? new GapCount(_array.Bins, _array.Bins, _array.Bins)
                    : new GapCount(_array.Bins, metadata.ReceptiveFieldLeft, metadata.ReceptiveFieldRight);
                _trialGaps.Add(window.First + bin);
            }

            if (missing == units && _latentDimensions > 0)
            {
                _latentRows.AsSpan(bin * _latentDimensions, _latentDimensions).Fill(float.NaN);
            }
        }

        _writer.Write(_ratesName, trial, window.First, _rows.AsSpan(0, window.Count * units));
        if (_latentDimensions > 0)
        {
            _writer.Write(_latentsName, trial, window.First, _latentRows.AsSpan(0, latents.Length));
        }
    }

    private Span<float> Recorded(int slot) => _recorded.AsSpan(slot * _plan.Length * _array.Units, _plan.Length * _array.Units);

    private void EndTrial()
    {
        _gaps += _trialGaps?.Gaps ?? 0;
        _nearGaps += _trialGaps?.NearGaps ?? 0;
        _trialGaps = null;
    }

    private CheckpointException NotARate(float rate, int trial, int bin, int unit) => new(
        _model.Path, SpikeModel.Rates, string.Create(CultureInfo.InvariantCulture, $"gives {rate} for trial {trial}, bin {bin}, unit {unit} of /{_array.Name}, expected a finite rate"));
}
