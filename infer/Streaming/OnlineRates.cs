using UnetSpikes.Core;
using UnetSpikes.Runtime;

namespace UnetSpikes.Infer.Streaming;

/// <summary>Rates bin by bin as counts come in, <see cref="Lag"/> bins behind them (docs/streaming.md).</summary>
/// <remarks>
/// The rate of bin t, given when bin t + lag has come, is what offline inference gives for a recording that ends with bin t + lag. With the
/// receptive field to the right as lag nothing later can change it, so it is that of the whole recording. At every bin the model is run over one
/// window that ends where such a recording's zero padding would, on the grid of its strides (docs/infer.md), and begins as far back as an output
/// can see; while the recording is shorter than that, over all of it. All windows' buffers are made at the start: a bin allocates nothing.
/// A model that predicts forward bins appends them, as zeros, to what it is given: windows are counted with them, and their rates are not given.
/// </remarks>
internal sealed class OnlineRates : IDisposable
{
    private const int WarmUpRuns = 20;
    private const double MostBytes = 1L << 31;

    private readonly ModelBatch[] _windows; // of km + 1, (k + 1)m + 1, … bins, forward bins included (none shorter than the model takes)
    private readonly int _multiple;
    private readonly int _forward;
    private readonly int _shortest; // k of the first
    private readonly int _ratesUnits;
    private readonly int _zerosBefore;
    private readonly float _scale;
    private readonly bool[] _isGap; // [bin mod (lag + 1), unit]
    private int _window;
    private long _start; // the window's first bin, counted from the first of the zeros before the recording
    private long _received;
    private long _given;

    /// <summary>Makes all buffers and runs the model in each, so that no bin pays for a first time.</summary>
    /// <param name="model">Bounded in its reach.</param>
    /// <param name="lag">Bins; null = the receptive field to the right.</param>
    /// <param name="totalBins">The recording's length where it is known: then the grid lies as in offline inference; null = it begins at the first bin.</param>
    /// <param name="scale">What rates in spikes per bin are multiplied by.</param>
    /// <exception cref="CheckpointException">The model needs whole trials.</exception>
    /// <exception cref="UsageException">The lag is below 0 or above the receptive field to the right.</exception>
    public OnlineRates(SpikeModel model, int? lag = null, int? totalBins = null, float scale = 1)
    {
        ModelMetadata metadata = model.Metadata;
        if (metadata.NeedsTrials)
        {
            throw new CheckpointException(model.Path, "", "needs whole trials (its rates depend on all of their bins), expected for streaming a model of a bounded receptive field");
        }

        if (lag is int bins && (bins < 0 || bins > metadata.ReceptiveFieldRight))
        {
            throw new UsageException("--lag", $"is {bins}, expected 0 to {metadata.ReceptiveFieldRight} bins, the model's receptive field to the right");
        }

        Units = model.InputUnits;
        _ratesUnits = model.OutputUnits;
        _forward = model.ForwardBins;
        Lag = lag ?? metadata.ReceptiveFieldRight;
        _scale = scale;
        _multiple = metadata.BinMultiple;
        _zerosBefore = totalBins is int total ? (((1 - total - _forward) % _multiple) + _multiple) % _multiple / 2 : 0;
        _shortest = (_forward + _multiple - 1) / _multiple;
        int longest = (Lag + metadata.ReceptiveFieldLeft + _forward + (2 * _multiple) - 2) / _multiple; // The window's end may lie m - 1 bins after the newest bin and the forward bins.
        RequireRoom(model, longest);
        _isGap = new bool[(Lag + 1) * Units];
        _windows = [.. Enumerable.Range(_shortest, longest - _shortest + 1).Select(
            k => new ModelBatch(model, 1, Math.Max((k * _multiple) + 1 - _forward, metadata.MinimumBins), latentDimensions: 0))];
        for (int run = 0; run < WarmUpRuns; run++)
        {
            Array.ForEach(_windows, window => window.Run());
        }

        Reset();
    }

    /// <summary>Counts per bin, of the model's input units.</summary>
    public int Units { get; }

    /// <summary>How many bins rates are behind counts.</summary>
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
    /// <param name="rates">
    /// Receives the rates of the model's output units in the bin <see cref="Lag"/> before; NaN where that was not recorded, of units held out where none was.
    /// </param>
    /// <returns>False for the first <see cref="Lag"/> bins: there are no rates yet.</returns>
    /// <exception cref="SessionException">ONNX Runtime or the device failed.</exception>
    public bool Push(ReadOnlySpan<float> counts, Span<float> rates)
    {
        long place = _zerosBefore + _received;
        MoveTo(place);
        Span<float> row = _windows[_window].Counts(0).Slice((int)(place - _start) * Units, Units);
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
        Give(rates);
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

    /// <summary>After <see cref="End"/>: the rates of the next of the last bins.</summary>
    /// <returns>False when there are no more.</returns>
    public bool Next(Span<float> rates)
    {
        if (_given == _received)
        {
            return false;
        }

        Give(rates);
        return true;
    }

    public void Dispose() => Array.ForEach(_windows, window => window.Dispose());

    /// <summary>A model says itself how far it sees; the windows' buffers grow with the square of that.</summary>
    private void RequireRoom(SpikeModel model, int longest)
    {
        double bins = (longest + 1.0) * longest / 2 * _multiple, bytes = bins * (model.InputUnits + model.OutputUnits) * sizeof(float);
        if (bytes > MostBytes)
        {
            throw new CheckpointException(
                model.Path, "unet_spikes.receptive_field_left", $"is {model.Metadata.ReceptiveFieldLeft}: with a lag of {Lag} bins streaming would take {bytes / (1 << 30):0} GiB of buffers, expected a model that sees less far");
        }
    }

    /// <summary>Takes the window that a recording ending at this bin would be run in.</summary>
    private void MoveTo(long place)
    {
        long windows = ((place + _forward + _multiple - 1) / _multiple) - _shortest; // The recording and its zeros are m times this and the shortest, plus one, bins long.
        int window = (int)Math.Min(windows, _windows.Length - 1);
        if (window != _window)
        {
            _windows[_window].Counts(0).CopyTo(_windows[window].Counts(0));
            _window = window;
        }

        long start = (windows - window) * _multiple;
        if (start != _start)
        {
            Span<float> counts = _windows[_window].Counts(0);
            int gone = (int)(start - _start) * Units;
            counts[gone..].CopyTo(counts);
            counts[^gone..].Clear();
            _start = start;
        }
    }

    private void Give(Span<float> rates)
    {
        ReadOnlySpan<float> row = _windows[_window].Rates(0).Slice((int)(_zerosBefore + _given - _start) * _ratesUnits, _ratesUnits);
        ReadOnlySpan<bool> isGap = GapsOf(_given);
        bool isUnseenKnown = isGap.Contains(false);
        for (int unit = 0; unit < _ratesUnits; unit++)
        {
            bool isKnown = unit < Units ? !isGap[unit] : isUnseenKnown;
            rates[unit] = isKnown ? _scale * row[unit] : float.NaN;
        }

        _given++;
    }

    private Span<bool> GapsOf(long bin) => _isGap.AsSpan((int)(bin % (Lag + 1)) * Units, Units);
}
