using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <content>What looks at a trial as a whole, and what hides parts of it while training.</content>
public abstract partial class ForwardPass
{
    /// <summary>The mean of each channel over a trial's bins, as activations of one bin.</summary>
    /// <param name="x">Activations.</param>
    public Value MeanOverBins(Value x) => Graph.ReduceMean(x, keepDims: true, BinAxis);

    /// <summary>All channels and bins of a trial as the channels of one bin, channel by channel.</summary>
    /// <param name="x">Activations.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="bins">Its bins.</param>
    public Value Flatten(Value x, long channels, long bins) => Layout == ActivationLayout.BinByBatch
        ? Graph.Reshape(x, 1, channels * bins, 1, -1)
        : Graph.Reshape(Graph.Transpose(x, 0, 1, 3, 2), 1, channels * bins, -1, 1);

    /// <summary>Undoes <see cref="Flatten"/>.</summary>
    /// <param name="x">Activations of one bin.</param>
    /// <param name="channels">The channels there were.</param>
    /// <param name="bins">The bins there were.</param>
    public Value Unflatten(Value x, long channels, long bins) => Layout == ActivationLayout.BinByBatch
        ? Graph.Reshape(x, 1, channels, bins, -1)
        : Graph.Transpose(Graph.Reshape(x, 1, channels, bins, -1), 0, 1, 3, 2);

    /// <summary>Hides activations at random while training; otherwise nothing.</summary>
    /// <param name="x">Activations.</param>
    /// <param name="dropout">How many; null for none.</param>
    public virtual Value Drop(Value x, Dropout? dropout) => x;
}
