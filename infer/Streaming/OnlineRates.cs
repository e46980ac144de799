using UnetSpikes.Core;
using UnetSpikes.Runtime;

namespace UnetSpikes.Infer.Streaming;

/// <summary>Rates, or what is decoded from them, bin by bin as counts come in, <see cref="Lag"/> bins behind them (docs/streaming.md).</summary>
/// <remarks>
/// What is given for bin t, when bin t + lag has come, is what offline inference gives for a recording that ends with bin t + lag. With all that it depends
/// on to the right as lag nothing later can change it, so it is that of the whole recording. At every bin the model is run over one window of a length that
/// the model pads as it pads the whole (<see cref="WindowPlan"/>), with zeros behind the newest bin, which begins as far back as an output can see; while
/// the recording is shorter than that, over all of it. All windows' buffers are made at the start: a bin allocates nothing.
/// </remarks>
internal sealed class OnlineRates : IDisposable
{
    private const int WarmUpRuns = 20;
    private const double MostBytes = 1L << 31;

    private readonly ModelBatch[] _windows; // of k, k + m, k + 2m, … bins
    private readonly int _multiple;
    private readonly bool _isDecoded;
    private readonly float _scale;
    private readonly bool[] _isGap; // [bin mod (lag + 1), unit]
    private int _window;
    private long _start; // the window's first bin
    private long _received;
    private long _given;

    /// <summary>Makes all buffers and runs the model in each, so that no bin pays for a first time.</summary>
    /// <param name="model">Bounded in its reach.</param>
    /// <param name="lag">Bins; null = all that what is given depends on to the right.</param>
    /// <param name="totalBins">The recording's length where it is known: then the grid lies as in offline inference; null = it begins at the first bin, and the recording is filled with zeros to the next length that needs no padding.</param>
    /// <param name="scale">What rates in spikes per bin are multiplied by.</param>
    /// <param name="decoded">Whether the columns of the decoder behind the rates are given, not the rates.</param>
    /// <exception cref="CheckpointException">The model needs whole trials.</exception>
    /// <exception cref="UsageException">The lag is less than the decoder looks ahead, or more than the model does; or there is no decoder.</exception>
    public OnlineRates(SpikeModel model, int? lag = null, int? totalBins = null, float scale = 1, bool decoded = false)
    {
        ModelMetadata metadata = model.Metadata;
        if (metadata.NeedsTrials)
        {
            throw new CheckpointException(model.Path, "", "needs whole trials (its rates depend on all of their bins), expected for streaming a model of a bounded receptive field");
        }

        if (decoded && model.DecodedColumns == 0)
        {
            throw new UsageException("--decoded", $"{model.Path} has no decoder behind its rates, expected a model of 'export --decoder'");
        }

        (int left, int right) = decoded ? (model.ReachLeft, model.ReachRight) : (metadata.ReceptiveFieldLeft, metadata.ReceptiveFieldRight);
        RequireLag(lag, decoded ? right - metadata.ReceptiveFieldRight : 0, right);
        Units = model.InputUnits;
        Columns = decoded ? model.DecodedColumns : model.OutputUnits;
        Lag = lag ?? right;
        (_isDecoded, _scale, _multiple) = (decoded, scale, metadata.BinMultiple);
        int shortest = metadata.MinimumBins + Remainder((totalBins ?? 1 - model.ForwardBins) - metadata.MinimumBins, _multiple);
        int more = Math.Max(0, (Lag + left + (2 * _multiple) - 1 - shortest) / _multiple); // The window's end may lie m - 1 bins after the newest bin.
        RequireRoom(model, shortest, more);
        _isGap = new bool[(Lag + 1) * Units];
        _windows = [.. Enumerable.Range(0, more + 1).Select(k => new ModelBatch(model, 1, shortest + (k * _multiple), latentDimensions: 0))];
        for (int run = 0; run < WarmUpRuns; run++)
        {
            Array.ForEach(_windows, window => window.Run());
        }

        Reset();
    }

    /// <summary>Counts per bin, of the model's input units.</summary>
    public int Units { get; }

    /// <summary>Numbers per bin that are given: of the model's output units, or of the decoder's columns.</summary>
    public int Columns { get; }

    /// <summary>How many bins what is given is behind counts.</summary>
    public int Lag { get; }

    /// <summary>Bins of the longest window.</summary>
    public int WindowBins => _windows[^1].Bins;

    /// <summary>Forgets everything: the next bin is the first of a recording.</summary>
    public void Reset()
    {
        Array.ForEach(_windows, window => window.Counts(0).Clear());
        _isGap.AsSpan().Clear();
        (_window, _start, _received, _given) = (0, 0, 0, 0);
    }

    /// <summary>Takes the next bin.</summary>
    /// <param name="counts">Spikes per bin of each unit; NaN = not recorded, which the model sees as zero.</param>
    /// <param name="values">
    /// Receives the rates of the model's output units in the bin <see cref="Lag"/> before, or its decoded columns. NaN where a unit was not recorded; of units held out and of
    /// columns, where none was.
    /// </param>
    /// <returns>False for the first <see cref="Lag"/> bins: there is nothing to give yet.</returns>
    /// <exception cref="SessionException">ONNX Runtime or the device failed.</exception>
    public bool Push(ReadOnlySpan<float> counts, Span<float> values)
    {
        MoveTo(_received);
        Span<float> row = _windows[_window].Counts(0).Slice((int)(_received - _start) * Units, Units);
        Span<bool> isGap = GapsOf(_received);
        for (int unit = 0; unit < Units; unit++)
        {
            isGap[unit] = float.IsNaN(counts[unit]);
            row[unit] = isGap[unit] ? 0 : counts[unit];
        }

        _received++;
        if (_received <= Lag)
        {
            return false;
        }

        _windows[_window].Run();
        Give(values);
        return true;
    }

    /// <summary>Says that the recording has ended; <see cref="Next"/> gives the rest.</summary>
    public void End()
    {
        if (_received > 0)
        {
            _windows[_window].Run();
        }
    }

    /// <summary>After <see cref="End"/>: the same for the next of the last bins.</summary>
    /// <returns>False when there are no more.</returns>
    public bool Next(Span<float> values)
    {
        if (_given == _received)
        {
            return false;
        }

        Give(values);
        return true;
    }

    public void Dispose() => Array.ForEach(_windows, window => window.Dispose());

    private static void RequireLag(int? lag, int least, int most)
    {
        if (lag < least || lag > most)
        {
            throw new UsageException("--lag", least == 0
                ? $"is {lag}, expected 0 to {most} bins, the model's receptive field to the right"
                : $"is {lag}, expected {least} to {most} bins: the decoder takes rates of {least} bins ahead, which depend on {most - least} bins more");
        }
    }

    /// <summary>A model says itself how far it sees; the windows' buffers grow with the square of that.</summary>
    private void RequireRoom(SpikeModel model, int shortest, int more)
    {
        double bins = (more + 1.0) * (shortest + (more / 2.0 * _multiple)), bytes = bins * (model.InputUnits + model.OutputUnits + model.DecodedColumns) * sizeof(float);
        if (bytes > MostBytes)
        {
            throw new CheckpointException(
                model.Path, "unet_spikes.receptive_field_left", $"is {model.Metadata.ReceptiveFieldLeft}: with a lag of {Lag} bins streaming would take {bytes / (1 << 30):0} GiB of buffers, expected a model that sees less far");
        }
    }

    /// <summary>Takes the window that a recording ending at this bin would be run in.</summary>
    private void MoveTo(long bin)
    {
        long more = Math.Max(0, bin - _windows[0].Bins + _multiple) / _multiple; // So many times m is the recording with its zeros longer than the shortest window.
        int window = (int)Math.Min(more, _windows.Length - 1);
        if (window != _window)
        {
            _windows[_window].Counts(0).CopyTo(_windows[window].Counts(0));
            _window = window;
        }

        long start = (more - window) * _multiple;
        if (start != _start)
        {
            Span<float> counts = _windows[_window].Counts(0);
            int gone = (int)(start - _start) * Units;
            counts[gone..].CopyTo(counts);
            counts[^gone..].Clear();
            _start = start;
        }
    }

    private void Give(Span<float> values)
    {
        ReadOnlySpan<float> output = _isDecoded ? _windows[_window].Decoded(0) : _windows[_window].Rates(0);
        ReadOnlySpan<float> row = output.Slice((int)(_given - _start) * Columns, Columns);
        ReadOnlySpan<bool> isGap = GapsOf(_given);
        bool isUnseenKnown = isGap.Contains(false);
        for (int column = 0; column < Columns; column++)
        {
            bool isKnown = _isDecoded || column >= Units ? isUnseenKnown : !isGap[column];
            values[column] = isKnown ? _scale * row[column] : float.NaN;
        }

        _given++;
    }

    private Span<bool> GapsOf(long bin) => _isGap.AsSpan((int)(bin % (Lag + 1)) * Units, Units);

    private static int Remainder(int number, int of) => ((number % of) + of) % of;
}
