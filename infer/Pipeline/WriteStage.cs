using UnetSpikes.Data;
using UnetSpikes.Data.Nwb;
using UnetSpikes.Infer.Files;

namespace UnetSpikes.Infer.Pipeline;

/// <summary>Writes pieces into the outputs; a file gets its name when its last piece is written, or leaves nothing.</summary>
internal sealed class WriteStage(SpikeModel model, InferOptions options) : IDisposable
{
    private FileJob? _job;
    private OutputClaim? _claim;
    private RatesWriter? _writer;
    private Dictionary<ArrayPlan, GapTotals> _gaps = [];

    /// <summary>Writes one piece.</summary>
    /// <exception cref="IOException">The disk refuses, or another process writes this output.</exception>
    public void Write(Piece piece)
    {
        Start(piece.Job!);
        ArrayPlan array = piece.Array!;
        int units = piece.Job!.Units.UnitIds.Count;
        for (int slot = 0; slot < piece.Windows.Count; slot++)
        {
            (int trial, BinWindow window) = piece.Windows[slot];
            int firstRow = (slot * array.OutputBins) + window.First - window.Start;
            int recorded = Math.Clamp(array.Counts.Bins - window.First, 0, window.Count); // Forward bins are no gaps, and not decoded: there is nothing to record yet.
            WriteRows(array.Rates, piece.Rates, firstRow, window.Count, units);
            if (array.LatentDimensions > 0)
            {
                WriteRows(array.Latents, piece.Latents, firstRow, window.Count, array.LatentDimensions);
            }

            if (model.DecodedColumns > 0)
            {
                WriteRows(array.Decoded, piece.Decoded, (slot * array.WindowBins) + window.First - window.Start, recorded, model.DecodedColumns);
            }

            _gaps[array].Add(piece.Rates.AsSpan(firstRow * units, recorded * units), window.First);

            void WriteRows(string name, float[] values, int first, int count, int channels) =>
                _writer!.Write(name, trial, window.First, values.AsSpan(first * channels, count * channels));
        }
    }

    /// <summary>Ends a file: it gets its name.</summary>
    /// <exception cref="IOException">As for <see cref="Write"/>.</exception>
    public InputResult Finish(FileJob job)
    {
        Start(job);
        _writer!.Commit();
        if (options.ToNwb)
        {
            NwbRates.Write(job.File.Output, job.File.Input.Path, job.File.NwbOutput);
        }

        ArrayResult[] arrays = [.. job.Arrays.Select(Result)];
        double recorded = job.RecordedBins * model.Metadata.BinWidthMs / 1000, seconds = job.Seconds;
        UnitMap units = job.Units;
        return new InputResult(
            job.File.Input.Path, job.File.Output, arrays, units.IsPermuted, units.Missing, units.Surplus, seconds, recorded / seconds);
    }

    /// <summary>Closes what is open; without <see cref="Finish"/>, nothing stays.</summary>
    public void Dispose()
    {
        _writer?.Dispose();
        _claim?.Dispose();
        (_job, _writer, _claim) = (null, null, null);
    }

    /// <summary>Starts a file's output at its first piece.</summary>
    private void Start(FileJob job)
    {
        if (ReferenceEquals(_job, job))
        {
            return;
        }

        Dispose();
        _claim = OutputClaim.Take(job.File.Output);
        _writer = RatesWriter.Create(job.File.Output, new RatesHeader
        {
            BinWidthMs = model.Metadata.BinWidthMs,
            UnitIds = job.Units.UnitIds,
            HeldOutUnits = job.Units.HeldOut,
            ProvenanceJson = job.ProvenanceJson,
        });
        foreach (ArrayPlan array in job.Arrays)
        {
            CountsArray counts = array.Counts;
            var rates = new RatesArray(array.Rates, RatesKind.Rates, counts.Trials, array.RatesBins, job.Units.UnitIds.Count, counts.TrialIds) { ForwardBins = array.ForwardBins };
            _writer.AddArray(rates);
            if (array.LatentDimensions > 0)
            {
                _writer.AddArray(rates with { Name = array.Latents, Kind = RatesKind.Latents, Channels = array.LatentDimensions });
            }

            if (model.Metadata.Decoded is { } decoded)
            {
                _writer.AddArray(new RatesArray(array.Decoded, RatesKind.Decoded, counts.Trials, counts.Bins, decoded.Columns.Count, counts.TrialIds)
                {
                    Columns = new DecodedColumns(decoded.Columns, decoded.Unit, decoded.Decoder, decoded.FirstLag, decoded.LastLag),
                });
            }
        }

        _gaps = job.Arrays.ToDictionary(array => array, array => new GapTotals(array.Counts.Bins, job.Units.UnitIds.Count, model));
        _job = job;
    }

    private ArrayResult Result(ArrayPlan array) => new(
        array.Counts.Name, array.Rates, array.Counts.Trials, array.Counts.Bins, array.ForwardBins, array.WindowBins, array.WindowsPerTrial, array.BatchSize,
        _gaps[array].Gaps, _gaps[array].NearGaps)
    {
        Decoded = model.DecodedColumns > 0 ? array.Decoded : null,
    };
}
