using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using UnetSpikes.Infer.Files;

namespace UnetSpikes.Infer.Pipeline;

/// <summary>Reads the next, computes this and writes the last at the same time, over many files, in bounded memory.</summary>
/// <remarks>
/// <code>
///  ┌─────────────────────── free ◄──────────────────────┐
///  └► ReadStage ─► read ─► ComputeStage ─► computed ─► WriteStage
/// </code>
/// A fixed number of pieces goes round, and nothing else holds counts or rates: that is the bound. Pieces keep their order, so files end in the
/// order they began. What one file gets wrong stays with it; anything else (Ctrl-C, a bug) stops all stages, and no half-written file stays.
/// </remarks>
internal sealed class FilePipeline : IDisposable
{
    /// <summary>One for each stage, and one to even out their unequal steps.</summary>
    public const int DefaultPieces = 4;

    private readonly BlockingCollection<Piece> _free = [];
    private readonly BlockingCollection<Piece> _read = [];
    private readonly BlockingCollection<Piece> _computed = [];
    private readonly CancellationTokenSource _stop;
    private readonly ReadStage _reading;
    private readonly ComputeStage _computing;
    private readonly WriteStage _writing;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Sets the stages up; one run.</summary>
    /// <param name="model">Runs in the calling thread.</param>
    /// <param name="options">How.</param>
    /// <param name="cancel">Abandons the files under way; those that were finished stay.</param>
    /// <param name="pieces">How many batches are under way; 1 = reading, computing and writing take turns.</param>
    public FilePipeline(SpikeModel model, InferOptions options, CancellationToken cancel, int pieces = DefaultPieces)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _reading = new ReadStage(model, options);
        _computing = new ComputeStage(model);
        _writing = new WriteStage(model, options);
        for (int i = 0; i < pieces; i++)
        {
            _free.Add(new Piece(), CancellationToken.None);
        }
    }

    /// <summary>Told, in the writing thread, how many bins of a file were written just now.</summary>
    public Action<FileJob, long> OnBins { get; init; } = (_, _) => { };

    /// <summary>Told, in the writing thread, that a file has ended: with its result, or with a failure.</summary>
    public required Action<FileJob, InputResult?> OnEnd { get; init; }

    /// <summary>Runs over files, in order.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Run(IReadOnlyList<PlannedFile> files)
    {
        Thread[] beside = [new(() => Guard(() => ReadFiles(files))), new(() => Guard(WritePieces))];
        Array.ForEach(beside, thread => thread.Start());
        Guard(ComputePieces);
        Array.ForEach(beside, thread => thread.Join());
        _fault?.Throw();
    }

    public void Dispose()
    {
        _computing.Dispose();
        _writing.Dispose();
        _free.Dispose();
        _read.Dispose();
        _computed.Dispose();
        _stop.Dispose();
    }

    private void ReadFiles(IReadOnlyList<PlannedFile> files)
    {
        foreach (PlannedFile file in files)
        {
            _reading.Read(file, () => _free.Take(_stop.Token), piece => _read.Add(piece, _stop.Token));
        }

        _read.CompleteAdding();
    }

    private void ComputePieces()
    {
        foreach (Piece piece in _read.GetConsumingEnumerable(_stop.Token))
        {
            if (piece.Array is not null)
            {
                Try(piece.Job!, () => _computing.Compute(piece));
            }

            _computed.Add(piece, _stop.Token);
        }

        _computed.CompleteAdding();
    }

    private void WritePieces()
    {
        foreach (Piece piece in _computed.GetConsumingEnumerable(_stop.Token))
        {
            FileJob job = piece.Job!;
            if (piece.Array is not null)
            {
                Try(job, () => _writing.Write(piece));
                OnBins(job, piece.Windows.Sum(w => (long)w.Window.Count));
            }
            else
            {
                InputResult? result = null;
                Try(job, () => result = _writing.Finish(job));
                _writing.Dispose();
                OnEnd(job, result);
            }

            _free.Add(piece, _stop.Token);
        }
    }

    /// <summary>A stage's step; when it fails, or one before it has failed, the file is given up and the others go on.</summary>
    private static void Try(FileJob job, Action step)
    {
        if (job.Failure is not null)
        {
            return;
        }

        try
        {
            step();
        }
        catch (Exception e) when (FileJob.IsOfOneFile(e))
        {
            job.Fail(e);
        }
    }

    /// <summary>A stage's thread. The first to throw stops the others, and what it threw is thrown again by <see cref="Run"/>.</summary>
    private void Guard(Action stage)
    {
        try
        {
            stage();
        }
#pragma warning disable CA1031 // Whatever it is, it leaves this thread and goes on in the caller's.
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _fault, ExceptionDispatchInfo.Capture(e), null);
            _stop.Cancel();
        }
#pragma warning restore CA1031
    }
}
