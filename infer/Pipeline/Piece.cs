namespace UnetSpikes.Infer.Pipeline;

/// <summary>A batch of windows that goes from stage to stage and round again: its buffers are made once and filled by each file in turn.</summary>
internal sealed class Piece
{
    /// <summary>Whose it is.</summary>
    public FileJob? Job { get; private set; }

    /// <summary>Of which array; null = the end of its file.</summary>
    public ArrayPlan? Array { get; private set; }

    /// <summary>Which windows, at most the array's batch.</summary>
    public IReadOnlyList<(int Trial, BinWindow Window)> Windows { get; private set; } = [];

    /// <summary>[window, bin, unit] as the file has them: spikes per bin, NaN = not recorded.</summary>
    private float[] Counts { get; set; } = [];

    /// <summary>[window, bin, unit] of <see cref="UnitMap.UnitIds"/>, forward bins included: expected spikes per bin, NaN where not recorded.</summary>
    public float[] Rates { get; private set; } = [];

    /// <summary>[window, bin, dimension], forward bins included, where wanted.</summary>
    public float[] Latents { get; private set; } = [];

    /// <summary>[window, bin, column] of what is decoded, without forward bins, where the model has a decoder behind the rates.</summary>
    public float[] Decoded { get; private set; } = [];

    /// <summary>One window's counts, [bin, unit].</summary>
    public Span<float> CountsOf(int slot)
    {
        int length = Array!.WindowBins * Array.Counts.Units;
        return Counts.AsSpan(slot * length, length);
    }

    /// <summary>Takes the piece for some windows.</summary>
    /// <param name="job">Whose they are.</param>
    /// <param name="array">Of which array.</param>
    /// <param name="windows">At most the array's batch.</param>
    /// <param name="decodedColumns">Columns that the model decodes; 0 = none.</param>
    public void Begin(FileJob job, ArrayPlan array, IReadOnlyList<(int Trial, BinWindow Window)> windows, int decodedColumns)
    {
        (Job, Array, Windows) = (job, array, windows);
        int outputBins = array.BatchSize * array.OutputBins;
        Counts = Sized(Counts, array.BatchSize * array.WindowBins * array.Counts.Units);
        Rates = Sized(Rates, outputBins * job.Units.UnitIds.Count);
        Latents = Sized(Latents, outputBins * array.LatentDimensions);
        Decoded = Sized(Decoded, array.BatchSize * array.WindowBins * decodedColumns);
    }

    /// <summary>Takes the piece to say that a file is at its end.</summary>
    public void BeginEnd(FileJob job) => (Job, Array, Windows) = (job, null, []);

    private static float[] Sized(float[] buffer, int length) => buffer.Length >= length ? buffer : new float[length];
}
