using UnetSpikes.Core;

namespace UnetSpikes.Runtime.Timing;

/// <summary>How a model takes counts: ours by its metadata, another's by its input's shape.</summary>
/// <param name="Name">The input.</param>
/// <param name="Channels">Length of the axis of units.</param>
/// <param name="IsChannelsLast">[batch, bin, channel]; else [batch, channel, bin], as PyTorch's convolutions have it.</param>
/// <param name="Batch">Trials per call, where the model fixes them.</param>
/// <param name="Bins">Bins per trial, where the model fixes them.</param>
/// <param name="MinimumBins">Fewest bins.</param>
public sealed record SpikeInput(string Name, int Channels, bool IsChannelsLast, int? Batch, int? Bins, int MinimumBins = 1)
{
    /// <summary>Finds out.</summary>
    /// <param name="path">The model's file, for messages.</param>
    /// <param name="session">The model.</param>
    /// <param name="metadata">What it says of itself; null where it says nothing.</param>
    /// <param name="channels">How many channels it should have, where that is known.</param>
    /// <exception cref="CheckpointException">It does not take counts: not one float input of three axes, or none that can be the channels.</exception>
    public static SpikeInput Of(string path, OnnxSession session, ModelMetadata? metadata, int? channels = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Inputs is not [{ Type: ElementType.Float, Dims.Count: 3 } input])
        {
            throw new CheckpointException(path, "", $"takes {string.Join("; ", session.Inputs)}, expected one float input of three axes: trials, bins and units");
        }

        if (metadata is not null)
        {
            return new SpikeInput(input.Name, metadata.HeldInUnits, IsChannelsLast: true, Fixed(input, 0), metadata.TrialBins > 0 ? metadata.TrialBins : Fixed(input, 1), metadata.MinimumBins);
        }

        // Where either axis could be the channels, the middle one: that is how torch.onnx writes what these networks are made of.
        int axis = Array.Find([1, 2], a => Fixed(input, a) is int length && length == (channels ?? length));
        return axis > 0
            ? new SpikeInput(input.Name, Fixed(input, axis)!.Value, axis == 2, Fixed(input, 0), Fixed(input, 3 - axis))
            : throw new CheckpointException(path, input.Name, $"is {input}, expected {(channels is null ? "a fixed number of channels" : $"{channels} channels")} behind the axis of trials");
    }

    /// <summary>The input's shape.</summary>
    /// <param name="batch">Trials.</param>
    /// <param name="bins">Bins of each.</param>
    public long[] Shape(int batch, int bins) => IsChannelsLast ? [batch, bins, Channels] : [batch, Channels, bins];

    /// <summary>Where a count of [trial, bin, channel] stands.</summary>
    /// <param name="trial">Trial.</param>
    /// <param name="bin">Bin.</param>
    /// <param name="channel">Channel.</param>
    /// <param name="bins">Bins of a trial.</param>
    /// <param name="channels">Channels of a bin: of an output they may be more than of the input.</param>
    public int Index(int trial, int bin, int channel, int bins, int channels) =>
        IsChannelsLast ? (((trial * bins) + bin) * channels) + channel : (((trial * channels) + channel) * bins) + bin;

    private static int? Fixed(TensorInfo input, int axis) => (int?)input.Dims[axis];
}
