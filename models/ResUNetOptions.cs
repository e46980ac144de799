using System.Text.Json;
using System.Text.Json.Serialization;

namespace UnetSpikes.Models;

/// <summary>What the residual UNet normalises over.</summary>
public enum NormKind
{
    /// <summary>Each channel over batch and bins, as <see cref="BatchNorm"/>; with running statistics outside training.</summary>
    Batch,

    /// <summary>Each bin over its channels.</summary>
    Layer,

    /// <summary>Each trial over its channels and bins (PyTorch's GroupNorm with one group): a bin then depends on its whole trial.</summary>
    Group,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>How the residual UNet's width grows as the resolution halves.</summary>
public enum WidthGrowth
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>By two at every level.</summary>
    Doubling,
}

/// <summary>What <see cref="ResUNet"/> has beside levels and width. The defaults are those of checkpoints that do not say.</summary>
public sealed record ResUNetOptions
{
    /// <summary>Normalisation ahead of every convolution of the blocks, and of the output.</summary>
    public NormKind Norm { get; init; } = NormKind.Batch;

    /// <summary>Growth of the width from level to level.</summary>
    public WidthGrowth Width { get; init; } = WidthGrowth.Constant;

    /// <summary>Whether the block at the input's resolution hands its output to the way up too.</summary>
    public bool FullSkip { get; init; } = true;

    /// <summary>Bins of the blocks' convolutions. Odd, 1 to 31.</summary>
    public int Kernel { get; init; } = 3;

    /// <summary>Distance between the bins that the blocks' convolutions see. 1 to 32.</summary>
    public int Dilation { get; init; } = 1;

    /// <summary>Whether no rate may depend on later bins.</summary>
    [JsonPropertyName("causal")]
    public bool IsCausal { get; init; }

    /// <summary>Whether a bin's rate depends on its whole trial, so that pieces of a recording cannot be inferred on their own.</summary>
    [JsonIgnore]
    public bool NeedsTrials => Norm == NormKind.Group;

    /// <summary>The options in one line: <c>norm=batch width=constant full_skip=true kernel=3 dilation=1 causal=false</c>.</summary>
    public override string ToString() => JsonSerializer.Serialize(this, ModelOptions.Json)[1..^1].Replace("\"", "", StringComparison.Ordinal)
        .Replace(':', '=').Replace(',', ' ');

    /// <summary>All problems with these options, each with the option it is about, as JSON names it.</summary>
    public IEnumerable<(string Option, string Problem)> Problems()
    {
        if (Kernel is < 1 or > 31 || Kernel % 2 == 0)
        {
            yield return ("kernel", $"is {Kernel}, expected an odd number of bins from 1 to 31");
        }

        if (Dilation is < 1 or > 32)
        {
            yield return ("dilation", $"is {Dilation}, expected 1 to 32");
        }

        if (IsCausal && Norm == NormKind.Group)
        {
            yield return ("causal", "is true, but norm group looks at the whole trial; expected norm batch, layer or none");
        }
    }
}
