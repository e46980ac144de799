using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Data;

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

            if (model.DecodedColumns > 0)
            {
                TakeDecoded(piece, slot, batch.Decoded(slot));
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

    private void Fill(Piece piece, int slot, Span<float> channels)
    {
        UnitMap units = piece.Job!.Units;
        int columns = piece.Array!.Counts.Units, width = model.InputUnits;
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

    /// <summary>
    /// The rates of what a window's plan keeps: of units seen in the file's order, then of those held out. Not recorded in, not known out; a unit held out
    /// is not known where none of those seen was recorded. Behind the trial's end nothing was to be recorded, and all is predicted.
    /// </summary>
    private void TakeRates(Piece piece, int slot, ReadOnlySpan<float> channels)
    {
        UnitMap units = piece.Job!.Units;
        int seen = units.Columns.Length, width = model.OutputUnits;
        (int trial, BinWindow window) = piece.Windows[slot];
        int skipped = window.First - window.Start;
        for (int bin = skipped; bin < skipped + window.Count; bin++)
        {
            ReadOnlySpan<float> counts = CountsAt(piece, slot, bin);
            bool isForward = counts.IsEmpty, isUnseenKnown = isForward || IsRecorded(counts, units.Columns);
            Span<float> row = piece.Rates.AsSpan(((slot * piece.Array!.OutputBins) + bin) * units.UnitIds.Count, units.UnitIds.Count);
            for (int unit = 0; unit < row.Length; unit++)
            {
                float rate = channels[(bin * width) + units.Channels[unit]];
                bool isKnown = isForward || unit >= seen ? isUnseenKnown : !float.IsNaN(counts[units.Columns[unit]]);
                row[unit] = !isKnown ? float.NaN
                    : float.IsFinite(rate) ? rate
                    : throw NotANumber(piece, SpikeModel.Rates, rate, trial, window.Start + bin, "unit " + units.UnitIds[unit], "rate");
            }
        }
    }

    /// <summary>Latents are not known where none of the model's units was recorded.</summary>
    private void TakeLatents(Piece piece, int slot, ReadOnlySpan<float> latents)
    {
        Span<float> kept = piece.Latents.AsSpan(slot * latents.Length, latents.Length);
        latents.CopyTo(kept);
        BinWindow window = piece.Windows[slot].Window;
        int skipped = window.First - window.Start;
        for (int bin = skipped; bin < skipped + window.Count; bin++)
        {
            if (CountsAt(piece, slot, bin) is { IsEmpty: false } counts && !IsRecorded(counts, piece.Job!.Units.Columns))
            {
                kept.Slice(bin * _latentDimensions, _latentDimensions).Fill(float.NaN);
            }
        }
    }

    /// <summary>Columns are not known where none of the model's units was recorded; forward bins have none.</summary>
    private void TakeDecoded(Piece piece, int slot, ReadOnlySpan<float> decoded)
    {
        Span<float> kept = piece.Decoded.AsSpan(slot * decoded.Length, decoded.Length);
        decoded.CopyTo(kept);
        (int trial, BinWindow window) = piece.Windows[slot];
        int columns = model.DecodedColumns, skipped = window.First - window.Start, end = Math.Min(skipped + window.Count, piece.Array!.WindowBins);
        for (int bin = skipped; bin < end; bin++)
        {
            Span<float> row = kept.Slice(bin * columns, columns);
            if (!IsRecorded(CountsAt(piece, slot, bin), piece.Job!.Units.Columns))
            {
                row.Fill(float.NaN);
            }
            else if (row.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) is >= 0 and int column)
            {
                throw NotANumber(piece, SpikeModel.Decoded, row[column], trial, window.Start + bin, "column " + model.Metadata.Decoded!.Columns[column], "number");
            }
        }
    }

    /// <summary>The counts of a bin that a window keeps, [unit] as the file has them; empty behind the trial's end.</summary>
    private static ReadOnlySpan<float> CountsAt(Piece piece, int slot, int bin)
    {
        CountsArray array = piece.Array!.Counts;
        return piece.Windows[slot].Window.Start + bin < array.Bins ? piece.CountsOf(slot).Slice(bin * array.Units, array.Units) : [];
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

    private CheckpointException NotANumber(Piece piece, string output, float value, int trial, int bin, string channel, string expected) => new(
        model.Path,
        output,
        string.Create(CultureInfo.InvariantCulture, $"gives {value} for trial {trial}, bin {bin}, {channel} of /{piece.Array!.Counts.Name} of {piece.Job!.File.Input.Path}, expected a finite {expected}"));
}
