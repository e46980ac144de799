using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Pipeline;

/// <summary>Runs the model over pieces. Where nothing was recorded the model sees zeros, and the rate is not known.</summary>
internal sealed class ComputeStage(SpikeModel model) : IDisposable
{
    private ModelBatch? _batch;
    private int _latentDimensions = -1;

    /// <summary>Turns a piece's counts into rates.</summary>
    /// <exception cref="CheckpointException">The model gives something that is no rate.</exception>
    /// <exception cref="SessionException">ONNX Runtime or the device failed.</exception>
    public void Compute(Piece piece)
    {
        ModelBatch batch = BatchFor(piece.Array!);
        for (int slot = 0; slot < piece.Windows.Count; slot++)
        {
            Fill(piece, slot, batch.Counts(slot));
        }

        batch.Run(); // A last batch that is not full computes old windows again: one shape, no new memory.
        for (int slot = 0; slot < piece.Windows.Count; slot++)
        {
            TakeRates(piece, slot, batch.Rates(slot));
            if (_latentDimensions > 0)
            {
                TakeLatents(piece, slot, batch.Latents(slot));
            }
        }
    }

    public void Dispose() => _batch?.Dispose();

    /// <summary>The model bound to a shape; the last one is kept, since most files of a run have it.</summary>
    private ModelBatch BatchFor(ArrayPlan array)
    {
        if (_batch is null || _batch.Size != array.BatchSize || _batch.Bins != array.WindowBins || _latentDimensions != array.LatentDimensions)
        {
            _batch?.Dispose();
            _batch = null;
            _batch = new ModelBatch(model, array.BatchSize, array.WindowBins, array.LatentDimensions);
            _latentDimensions = array.LatentDimensions;
        }

        return _batch;
    }

    private static void Fill(Piece piece, int slot, Span<float> channels)
    {
        int units = piece.Array!.Counts.Units;
        int[] channelOf = piece.Job!.Units.Channels;
        ReadOnlySpan<float> counts = piece.Counts.AsSpan(slot * channels.Length, channels.Length);
        for (int row = 0; row < counts.Length; row += units)
        {
            for (int unit = 0; unit < units; unit++)
            {
                float count = counts[row + unit];
                channels[row + channelOf[unit]] = float.IsNaN(count) ? 0 : count;
            }
        }
    }

    /// <summary>The rates of what a window's plan keeps, in the file's order of units; not recorded in, not known out.</summary>
    private void TakeRates(Piece piece, int slot, ReadOnlySpan<float> channels)
    {
        int units = piece.Array!.Counts.Units;
        int[] channelOf = piece.Job!.Units.Channels;
        (int trial, BinWindow window) = piece.Windows[slot];
        int start = slot * channels.Length, skipped = window.First - window.Start;
        for (int bin = skipped; bin < skipped + window.Count; bin++)
        {
            int row = bin * units;
            for (int unit = 0; unit < units; unit++)
            {
                float rate = channels[row + channelOf[unit]];
                piece.Rates[start + row + unit] = float.IsNaN(piece.Counts[start + row + unit]) ? float.NaN
                    : float.IsFinite(rate) ? rate
                    : throw NotARate(piece, rate, trial, window.Start + bin, unit);
            }
        }
    }

    /// <summary>Latents are not known where no unit was recorded.</summary>
    private void TakeLatents(Piece piece, int slot, ReadOnlySpan<float> latents)
    {
        int units = piece.Array!.Counts.Units;
        Span<float> kept = piece.Latents.AsSpan(slot * latents.Length, latents.Length);
        ReadOnlySpan<float> counts = piece.Counts.AsSpan(slot * piece.Array.WindowBins * units, piece.Array.WindowBins * units);
        latents.CopyTo(kept);
        for (int bin = 0; bin < piece.Array.WindowBins; bin++)
        {
            if (!counts.Slice(bin * units, units).ContainsAnyInRange(0, float.MaxValue))
            {
                kept.Slice(bin * _latentDimensions, _latentDimensions).Fill(float.NaN);
            }
        }
    }

    private CheckpointException NotARate(Piece piece, float rate, int trial, int bin, int unit) => new(
        model.Path,
        SpikeModel.Rates,
        string.Create(CultureInfo.InvariantCulture, $"gives {rate} for trial {trial}, bin {bin}, unit {unit} of /{piece.Array!.Counts.Name} of {piece.Job!.File.Input.Path}, expected a finite rate"));
}
