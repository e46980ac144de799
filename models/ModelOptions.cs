using System.Text.Json;
using System.Text.Json.Serialization;
using UnetSpikes.Core;
using UnetSpikes.Models.Links;

namespace UnetSpikes.Models;

/// <summary>How the UNet doubles its resolution on the way up.</summary>
public enum Upsampling
{
    /// <summary>Linear interpolation, then a convolution.</summary>
    Linear,

    /// <summary>A transposed convolution.</summary>
    Deconv,
}

/// <summary>The architectures.</summary>
public enum Architecture
{
    /// <summary>The 1-D UNet.</summary>
    [JsonStringEnumMemberName("unet")]
    UNet,

    /// <summary>The small baseline: one convolution of 13 bins.</summary>
    Cnn,

    /// <summary>The residual UNet.</summary>
    [JsonStringEnumMemberName("resunet")]
    ResUNet,

    /// <summary>The Neural Data Transformer.</summary>
    Ndt,
}

/// <summary>What makes the last layer's number x into a rate.</summary>
public enum LinkFunction
{
    /// <summary>eˣ.</summary>
    Exp,

    /// <summary>ln(1 + a·eˣ).</summary>
    [JsonStringEnumMemberName("log1p_exp")]
    Log1pExp,

    /// <summary>ln(1 + e^(βx))/β.</summary>
    Softplus,

    /// <summary>x itself, trained by squared error.</summary>
    Identity,
}

/// <summary>Everything that defines a network's graph. Stored in every checkpoint and exported model.</summary>
public sealed record ModelOptions
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Channels of the widest layer, at most: its weights then number 2^28, and a flat vector of them all can be indexed.</summary>
    private const long MaxWidth = 1 << 14;

    private const int MaxChannels = 100_000;

    private const int MaxForwardBins = 100_000;

    /// <summary>The architecture.</summary>
    public Architecture Architecture { get; init; } = Architecture.UNet;

    /// <summary>Units whose rates come out: output channels. 1 to 100,000.</summary>
    public required int Channels { get; init; }

    /// <summary>Units whose counts go in, the first of those whose rates come out; the others are held out. 0 = all, none is held out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int HeldIn { get; init; }

    /// <summary>Bins behind those that go in, whose rates come out too. 0 to 100,000.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int ForwardBins { get; init; }

    /// <summary>Levels of the UNet, each halving the resolution and doubling the width. 0 to 8.</summary>
    public int Layers { get; init; } = 3;

    /// <summary>Width at full resolution, in channels. 1 to 4096; doubled by each level, at most 16,384.</summary>
    public int LatentDim { get; init; } = 20;

    /// <summary>How the UNet doubles its resolution on the way up.</summary>
    public Upsampling Upsample { get; init; } = Upsampling.Linear;

    /// <summary>What makes the last layer's number into a rate.</summary>
    public LinkFunction Link { get; init; } = LinkFunction.Exp;

    /// <summary>a of <see cref="LinkFunction.Log1pExp"/>, above 0; where it is learnt, what it starts from.</summary>
    public double LinkScale { get; init; } = 1;

    /// <summary>Whether a of <see cref="LinkFunction.Log1pExp"/> is trained.</summary>
    public bool IsLinkLearnable { get; init; }

    /// <summary>β of <see cref="LinkFunction.Softplus"/>, above 0.</summary>
    public double LinkBeta { get; init; } = 1;

    /// <summary>Whether the network also sees which counts are hidden: as many input channels again, 1 = hidden. An exported model hides nothing and has none.</summary>
    public bool MaskChannels { get; init; }

    /// <summary>Units whose counts go in.</summary>
    [JsonIgnore]
    public int CountChannels => HeldIn == 0 ? Channels : HeldIn;

    /// <summary>Channels the training and evaluation graphs take in.</summary>
    [JsonIgnore]
    public int InputChannels => MaskChannels ? 2 * CountChannels : CountChannels;

    /// <summary>What the residual UNet has beside levels and width; null for other architectures, and for its defaults.</summary>
    [JsonPropertyName("resunet")]
    public ResUNetOptions? ResUNet { get; init; }

    /// <summary>What the Neural Data Transformer has beside its blocks; null for other architectures.</summary>
    public NdtOptions? Ndt { get; init; }

    /// <summary>Reads options written by <see cref="ToJson"/>.</summary>
    /// <param name="json">One JSON object.</param>
    /// <exception cref="JsonException">Not such an object, or an unknown key.</exception>
    public static ModelOptions FromJson(string json) =>
        JsonSerializer.Deserialize<ModelOptions>(json, Json) ?? throw new JsonException("null is no model");

    /// <summary>The options as one JSON object.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>What the network sees of whole trials.</summary>
    /// <param name="whole">All that it predicts, [trial, bin, unit], the forward bins included.</param>
    public ObservedPart ObservedOf(TrialTensor whole) => new(whole.Bins - ForwardBins, CountChannels);

    /// <summary>All problems with the options, in the user's words; empty when they can be built.</summary>
    public IEnumerable<string> Validate()
    {
        if (Channels is < 1 or > MaxChannels)
        {
            yield return $"channels is {Channels}, expected 1 to {MaxChannels}";
        }

        if (HeldIn < 0 || HeldIn > Channels)
        {
            yield return $"held_in is {HeldIn}, expected 0 to the {Channels} channels";
        }

        if (ForwardBins is < 0 or > MaxForwardBins)
        {
            yield return $"forward_bins is {ForwardBins}, expected 0 to {MaxForwardBins}";
        }

        if (ForwardBins > 0 && MaskChannels)
        {
            yield return "mask_channels (TRAIN.MASK_FILL channel) tell of hidden counts, which an exported model has none of, and forward bins would be such; expected another fill, or DATA.IGNORE_FORWARD true";
        }

        if (Layers is < 0 or > 8)
        {
            yield return $"layers is {Layers}, expected 0 to 8";
        }

        if (LatentDim is < 1 or > 4096)
        {
            yield return $"latent_dim is {LatentDim}, expected 1 to 4096";
        }

        bool doubles = Architecture is not (Architecture.ResUNet or Architecture.Ndt) || ResUNet?.Width == WidthGrowth.Doubling;
        if (doubles && Layers is >= 0 and <= 8 && (long)LatentDim << Layers > MaxWidth)
        {
            yield return $"latent_dim {LatentDim} doubled by {Layers} layers is {(long)LatentDim << Layers} channels, expected at most {MaxWidth}";
        }

        if (!(LinkScale > 0 && double.IsFinite(LinkScale)) || !(LinkBeta > 0 && double.IsFinite(LinkBeta)))
        {
            yield return $"link_scale is {LinkScale} and link_beta {LinkBeta}, expected numbers above 0";
        }

        if (Architecture != Architecture.ResUNet && ResUNet is not null)
        {
            yield return $"resunet is given, but the architecture is {Architecture}";
        }

        if (ResUNet is { KnowsPlaces: true, TrialBins: < 1 })
        {
            yield return $"trial_bins is {ResUNet.TrialBins}, expected at least 1 where the network knows places in a trial";
        }

        foreach ((string option, string problem) in ResUNet?.Problems() ?? [])
        {
            yield return $"{option} {problem}";
        }

        foreach (string problem in NdtProblems())
        {
            yield return problem;
        }
    }

    /// <summary>Makes the link.</summary>
    public OutputLink BuildLink() => Link switch
    {
        LinkFunction.Exp => new ExpLink(),
        LinkFunction.Log1pExp => new Log1pExpLink(LinkScale, IsLinkLearnable),
        LinkFunction.Softplus => new SoftplusLink(LinkBeta),
        LinkFunction.Identity => new IdentityLink(),
        _ => throw new InvalidOperationException($"no link {Link}"),
    };

    /// <summary>Makes the network.</summary>
    /// <exception cref="ArgumentException">The options are not valid.</exception>
    public SpikeNetwork Build()
    {
        string[] problems = [.. Validate()];
        return problems.Length > 0
            ? throw new ArgumentException(string.Join("; ", problems))
            : Architecture switch
            {
                Architecture.UNet => new UNet1D(this),
                Architecture.Cnn => new Cnn(this),
                Architecture.ResUNet => new ResUNet(this),
                Architecture.Ndt => new Ndt(this),
                _ => throw new InvalidOperationException($"no architecture {Architecture}"),
            };
    }

    private IEnumerable<string> NdtProblems()
    {
        if ((Architecture == Architecture.Ndt) != (Ndt is not null))
        {
            yield return $"ndt is {(Ndt is null ? "not " : "")}given, but the architecture is {Architecture}";
        }

        if (Ndt is { KnowsPlaces: true, TrialBins: < 1 })
        {
            yield return $"trial_bins is {Ndt.TrialBins}, expected at least 1 where bins know their place";
        }

        if (Ndt?.Width(CountChannels) > MaxWidth)
        {
            yield return $"embed_dim {Ndt.EmbedDim} times {CountChannels} channels is a width of {Ndt.Width(CountChannels)}, expected at most {MaxWidth}";
        }

        if (Ndt is not null && MaskChannels)
        {
            yield return "mask_channels go into the embedding of a UNet or a CNN, which ndt does not have";
        }

        foreach ((string option, string problem) in Ndt?.Problems(CountChannels) ?? [])
        {
            yield return $"{option} {problem}";
        }
    }
}
