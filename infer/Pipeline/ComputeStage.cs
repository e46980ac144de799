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
        UnitMap units = piece.Job!.Units;
        int columns = piece.Array!.Counts.Units, width = channels.Length / piece.Array.WindowBins;
        ReadOnlySpan<float> counts = piece.CountsOf(slot);
        if (units.Missing.Count > 0)
        {
            channels.Clear(); // What the last file had there is not what this one lacks.
        }

        for (int bin = 0; bin < piece.Array.WindowBins; bin++)
        {
            for (int unit = 0; unit < units.Columns.Length; unit++)
            {
                float count = counts[(bin * columns) + units.Columns[unit]];
                channels[(bin * width) + units.Channels[unit]] = float.IsNaN(count) ? 0 : count;
            }
        }
    }

    /// <summary>The rates of what a window's plan keeps, in the file's order of units; not recorded in, not known out.</summary>
    private void TakeRates(Piece piece, int slot, ReadOnlySpan<float> channels)
    {
        UnitMap units = piece.Job!.Units;
        int columns = piece.Array!.Counts.Units, width = channels.Length / piece.Array.WindowBins;
        ReadOnlySpan<float> counts = piece.CountsOf(slot);
        (int trial, BinWindow window) = piece.Windows[slot];
        int skipped = window.First - window.Start;
        for (int bin = skipped; bin < skipped + window.Count; bin++)
        {
            int row = ((slot * piece.Array.WindowBins) + bin) * units.Columns.Length;
            for (int unit = 0; unit < units.Columns.Length; unit++)
            {
                float rate = channels[(bin * width) + units.Channels[unit]];
                piece.Rates[row + unit] = float.IsNaN(counts[(bin * columns) + units.Columns[unit]]) ? float.NaN
                    : float.IsFinite(rate) ? rate
                    : throw NotARate(piece, rate, trial, window.Start + bin, unit);
            }
        }
    }

    /// <summary>Latents are not known where none of the model's units was recorded.</summary>
    private void TakeLatents(Piece piece, int slot, ReadOnlySpan<float> latents)
    {
        UnitMap units = piece.Job!.Units;
        int columns = piece.Array!.Counts.Units;
        Span<float> kept = piece.Latents.AsSpan(slot * latents.Length, latents.Length);
        latents.CopyTo(kept);
        for (int bin = 0; bin < piece.Array.WindowBins; bin++)
        {
            if (!IsRecorded(piece.CountsOf(slot).Slice(bin * columns, columns), units.Columns))
            {
                kept.Slice(bin * _latentDimensions, _latentDimensions).Fill(float.NaN);
            }
        }
    }

    private static bool IsRecorded(ReadOnlySpan<float> counts, int[] columns)
    {
        foreach (int column in columns)
        {
            if (!float.IsNaN(counts[column]))
            {
                return true;
            }
        }

        return false;
    }

    private CheckpointException NotARate(Piece piece, float rate, int trial, int bin, int unit) => new(
        model.Path,
        SpikeModel.Rates,
        string.Create(CultureInfo.InvariantCulture, $"gives {rate} for trial {trial}, bin {bin}, unit {piece.Job!.Units.UnitIds[unit]} of /{piece.Array!.Counts.Name} of {piece.Job!.File.Input.Path}, expected a finite rate"));
}
