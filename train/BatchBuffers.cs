using UnetSpikes.Core;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>The room in which <see cref="TrainingBatches"/> makes batches of one size, as [trial, bin, unit]; used again for each.</summary>
/// <param name="shape">Trials, bins and units of a batch.</param>
internal sealed class BatchBuffers(BatchShape shape)
{
    public BatchShape Shape => shape;

    /// <summary>The dealt trials.</summary>
    public int[] Dealt { get; } = new int[shape.Trials];

    /// <summary>Trial i of the batch is entry i: none is left out when it is turned.</summary>
    public int[] Places { get; } = [.. Enumerable.Range(0, shape.Trials)];

    public TrialTensor Target { get; } = Scratch(shape);

    /// <summary>A teacher's rates of the dealt trials, where there is a teacher.</summary>
    public TrialTensor Taught { get; } = Scratch(shape);

    public TrialTensor Input { get; } = Scratch(shape);

    public TrialTensor Weights { get; } = Scratch(shape);

    public TrialTensor MaskChannels { get; } = Scratch(shape);

    public bool[] Mask { get; } = new bool[shape.Count];

    public bool[] Hidden { get; } = new bool[shape.Count];

    /// <summary>Each trial's bins that hold data.</summary>
    public Range[] Covered { get; } = new Range[shape.Trials];

    private static TrialTensor Scratch(BatchShape shape) => new(shape.Trials, shape.Bins, shape.Units);
}
