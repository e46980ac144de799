using System.Numerics.Tensors;
using UnetSpikes.Core;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>The room in which <see cref="TrainingBatches"/> makes batches of one size, as [trial, bin, unit]; used again for each.</summary>
/// <param name="whole">Trials, bins and units of a batch: all that is predicted.</param>
/// <param name="seen">Those of it that the network sees.</param>
internal sealed class BatchBuffers(BatchShape whole, BatchShape seen)
{
    private readonly TrialTensor? _seen = whole == seen ? null : Scratch(seen);

    public BatchShape Whole => whole;

    public BatchShape SeenShape => seen;

    /// <summary>The dealt trials.</summary>
    public int[] Dealt { get; } = new int[whole.Trials];

    /// <summary>Trial i of the batch is entry i: none is left out when it is turned.</summary>
    public int[] Places { get; } = [.. Enumerable.Range(0, whole.Trials)];

    /// <summary>What is to be predicted: whole trials.</summary>
    public TrialTensor Target { get; } = Scratch(whole);

    /// <summary>What of the target the network sees; the target itself where that is all.</summary>
    public TrialTensor Seen => _seen ?? Target;

    /// <summary>Whether the network sees all that it predicts.</summary>
    public bool IsAllSeen => _seen is null;

    /// <summary>A teacher's rates of the dealt trials, where there is a teacher; whole trials.</summary>
    public TrialTensor Taught { get; } = Scratch(whole);

    public TrialTensor Weights { get; } = Scratch(whole);

    public TrialTensor Input { get; } = Scratch(seen);

    public TrialTensor MaskChannels { get; } = Scratch(seen);

    public bool[] Mask { get; } = new bool[seen.Count];

    public bool[] Hidden { get; } = new bool[seen.Count];

    /// <summary>Seen entries that count in a loss over all: those that hold data.</summary>
    public bool[] Recorded { get; } = new bool[seen.Count];

    /// <summary>Each trial's bins that hold data.</summary>
    public Range[] Covered { get; } = new Range[whole.Trials];

    /// <summary>The entries of a trial's bins before and after its data.</summary>
    /// <param name="trial">From 0.</param>
    /// <param name="shape">Among whose entries: <see cref="Whole"/> or <see cref="SeenShape"/>.</param>
    public Range[] Uncovered(int trial, BatchShape shape)
    {
        (int first, int bins) = Covered[trial].GetOffsetAndLength(whole.Bins);
        int end = Math.Min(first + bins, shape.Bins);
        first = Math.Min(first, shape.Bins);
        return first == 0 && end == shape.Bins ? [] : new[] { Range.EndAt(first * shape.Units), Range.StartAt(end * shape.Units) };
    }

    /// <summary>Copies what is seen out of the target.</summary>
    public void TakeSeen()
    {
        for (int row = 0; !IsAllSeen && row < seen.Trials * seen.Bins; row++)
        {
            Target.Values.AsSpan(WholeRow(row), seen.Units).CopyTo(Seen.Values.AsSpan(row * seen.Units));
        }
    }

    /// <summary>Copies what is seen back into the target.</summary>
    public void PutSeenBack()
    {
        for (int row = 0; !IsAllSeen && row < seen.Trials * seen.Bins; row++)
        {
            Seen.Values.AsSpan(row * seen.Units, seen.Units).CopyTo(Target.Values.AsSpan(WholeRow(row)));
        }
    }

    /// <summary>Multiplies those entries of whole trials that are seen.</summary>
    /// <param name="of">Whole trials; changed.</param>
    /// <param name="factor">By what; 1 changes nothing.</param>
    public void ScaleSeen(TrialTensor of, float factor)
    {
        for (int row = 0; factor != 1 && row < seen.Trials * seen.Bins; row++)
        {
            Span<float> entries = of.Values.AsSpan(WholeRow(row), seen.Units);
            TensorPrimitives.Multiply(entries, factor, entries);
        }
    }

    /// <summary>Where a bin that is seen begins among the entries of whole trials.</summary>
    /// <param name="row">Its number among the bins seen of all trials.</param>
    public int WholeRow(int row) => (((row / seen.Bins) * whole.Bins) + (row % seen.Bins)) * whole.Units;

    private static TrialTensor Scratch(BatchShape shape) => new(shape.Trials, shape.Bins, shape.Units);
}
