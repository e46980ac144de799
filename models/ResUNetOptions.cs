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
    private const int MaxCode = 4096;

    /// <summary>What the blocks are.</summary>
    public BlockKind Block { get; init; }

    /// <summary>Normalisation ahead of every convolution of residual blocks, of a code, and of the output.</summary>
    public NormKind Norm { get; init; } = NormKind.Batch;

    /// <summary>Growth of the width from level to level.</summary>
    public WidthGrowth Width { get; init; } = WidthGrowth.Constant;

    /// <summary>Whether the block at the input's resolution hands its output to the way up too.</summary>
    public bool FullSkip { get; init; } = true;

    /// <summary>Bins of the blocks' convolutions. Odd, 1 to 31. Where a configuration does not say: <see cref="UsualKernel"/>.</summary>
    public int Kernel { get; init; } = UsualKernel(BlockKind.Residual);

    /// <summary>Distance between the bins that the blocks' convolutions see. 1 to 32.</summary>
    public int Dilation { get; init; } = 1;

    /// <summary>Whether no rate may depend on later bins.</summary>
    [JsonPropertyName("causal")]
    public bool IsCausal { get; init; }

    /// <summary>Size of the code of the whole trial at the bottom level (<see cref="DenseCode"/>); 0 for none. At most 4096.</summary>
    public int Code { get; init; }

    /// <summary>Bins of a trial where the network <see cref="KnowsPlaces"/>, as the data have them; 0 otherwise.</summary>
    public int TrialBins { get; init; }

    /// <summary>Whether every block's output is scaled and shifted by its mean over the trial (<see cref="Models.Film"/>).</summary>
    public bool Film { get; init; }

    /// <summary>What looks at the whole coarsest level.</summary>
    public TopAttention Top { get; init; }

    /// <summary>How the tokens of <see cref="Top"/> know their place; relative is of bins alone. No sinusoids.</summary>
    public PositionKind Positions { get; init; }

    /// <summary>Dropout in the blocks, ahead of their last layer. At least 0, below 1.</summary>
    public double Dropout { get; init; }

    /// <summary>Dropout of the counts that the network sees. At least 0, below 1.</summary>
    public double DropoutInput { get; init; }

    /// <summary>Dropout of the last hidden layer, from which the rates are computed (as NDT's). At least 0, below 1.</summary>
    public double DropoutRates { get; init; }

    /// <summary>Dropout of the trial's code. At least 0, below 1.</summary>
    public double DropoutCode { get; init; }

    /// <summary>Whether weights belong to places in the trial, so that trials are of one length.</summary>
    [JsonIgnore]
    public bool KnowsPlaces => Code > 0 || Top is TopAttention.Space or TopAttention.Both || (Top != TopAttention.None && Positions == PositionKind.Learned);

    /// <summary>Whether a bin's rate depends on its whole trial, so that pieces of a recording cannot be inferred on their own.</summary>
    [JsonIgnore]
    public bool NeedsTrials => Block == BlockKind.ConvNext || Norm == NormKind.Group || Code > 0 || Film || Top != TopAttention.None;

    /// <summary>
    /// Bins of the convolutions that blocks of a kind usually have: 7 where a depthwise one is the block's only view of other bins (as Woo et
    /// al. 2023), else 3.
    /// </summary>
    /// <param name="block">The kind.</param>
    public static int UsualKernel(BlockKind block) => block == BlockKind.ConvNext ? 7 : 3;

    /// <summary>The options in one line: <c>block=residual norm=batch width=constant full_skip=true …</c>.</summary>
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

        if (Code is < 0 or > MaxCode)
        {
            yield return ("code", $"is {Code}, expected 0 to {MaxCode}");
        }

        foreach ((string option, double ratio) in ((string, double)[])
            [("dropout", Dropout), ("dropout_input", DropoutInput), ("dropout_rates", DropoutRates), ("dropout_code", DropoutCode)])
        {
            if (!(ratio is >= 0 and < 1))
            {
                yield return (option, $"is {ratio}, expected a probability of at least 0 and below 1");
            }
        }

        if (DropoutCode > 0 && Code == 0)
        {
            yield return ("dropout_code", $"is {DropoutCode}, but there is no code; expected a code above 0, or no dropout of it");
        }

        if (Top == TopAttention.None && Positions != PositionKind.None)
        {
            yield return ("positions", $"is {Positions.ToString().ToLowerInvariant()}, but nothing at the top has positions; expected none, or a top that attends");
        }

        if (Positions == PositionKind.Sinusoid)
        {
            yield return ("positions", "is sinusoid, which is for ndt; expected none, learned or relative");
        }

        if (IsCausal && NeedsTrials)
        {
            yield return ("causal", "is true, but convnext blocks, norm group, a code, film and a top look at the whole trial; expected residual blocks, norm batch, layer or none, and none of the others");
        }
    }
}
