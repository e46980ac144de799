using UnetSpikes.Infer.Files;

namespace UnetSpikes.Infer.Pipeline;

/// <summary>Opens one file after the other, holds it against the model and reads its counts into pieces.</summary>
internal sealed class ReadStage(SpikeModel model, InferOptions options)
{
    /// <summary>Reads a file.</summary>
    /// <param name="file">What and where to.</param>
    /// <param name="take">Gives a free piece; waits for one.</param>
    /// <param name="pass">Takes what was read, and at the end, whether the file was good or not, one piece that says so.</param>
    public void Read(PlannedFile file, Func<Piece> take, Action<Piece> pass)
    {
        var job = new FileJob(file);
        try
        {
            ReadAll(job, take, pass);
        }
        catch (Exception e) when (FileJob.IsOfOneFile(e))
        {
            job.Fail(e);
        }

        Piece end = take();
        end.BeginEnd(job);
        pass(end);
    }

    private void ReadAll(FileJob job, Func<Piece> take, Action<Piece> pass)
    {
        using InputCounts input = InputCounts.Open(job.File.Input.Path, model, options);
        job.Units = input.Units;
        job.Warnings = input.Warnings;
        job.Arrays = [.. input.Arrays.Select(array => new ArrayPlan(array, model, options))];
        job.ProvenanceJson = Provenance.Of(input, InputStamp.Of(input.Path), model, options); // Before the counts are read: a change meanwhile is seen next time.
        foreach (ArrayPlan array in job.Arrays)
        {
            foreach ((int Trial, BinWindow Window)[] windows in array.Batches())
            {
                if (job.Failure is not null)
                {
                    return;
                }

                Piece piece = take();
                piece.Begin(job, array, windows, model.DecodedColumns);
                for (int slot = 0; slot < windows.Length; slot++)
                {
                    (int trial, BinWindow window) = windows[slot];
                    array.Counts.Read(trial, window.Start, array.WindowBins, piece.CountsOf(slot));
                }

                pass(piece);
            }
        }
    }
}
