using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>What the residual UNet's blocks are.</summary>
public enum BlockKind
{
    /// <summary>Two dense convolutions, each behind a normalisation and a ReLU (<see cref="ResidualBlock"/>).</summary>
    Residual,

    /// <summary>One depthwise convolution and two pointwise layers, as ConvNeXt V2 has them (<see cref="ConvNextBlock"/>): a bin then depends on its whole trial.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("convnext")]
    ConvNext,
}

/// <summary>A block of the residual UNet: x + film(branch(x)), the film where the options say so. Bins and channels stay as they are.</summary>
internal abstract class Block
{
    private readonly string _name;
    private readonly Film? _film;

    /// <summary>Makes what every block has.</summary>
    /// <param name="name">Prefix of its parameters, and name of its dropout.</param>
    /// <param name="width">Channels.</param>
    /// <param name="options">Film and dropout.</param>
    protected Block(string name, int width, ResUNetOptions options)
    {
        _name = name;
        _film = options.Film ? new Film($"{name}.film", width) : null;
        Dropout = Dropout.Of(name, options.Dropout);
    }

    /// <summary>Its normalisations of <see cref="ResUNetOptions.Norm"/>'s kind, in forward order.</summary>
    public abstract IEnumerable<Norm> Norms { get; }

    /// <summary>Bins that its convolutions see to each side, where they see both.</summary>
    public abstract int Reach { get; }

    public Dropout? Dropout { get; }

    public IEnumerable<ParameterSpec> Parameters => [.. BranchParameters, .. _film?.Parameters ?? []];

    protected abstract IEnumerable<ParameterSpec> BranchParameters { get; }

    /// <summary>Makes a block of the kind that the options say.</summary>
    /// <param name="name">Prefix of its parameters.</param>
    /// <param name="width">Channels.</param>
    /// <param name="options">Its kind and what it is made of.</param>
    public static Block Of(string name, int width, ResUNetOptions options) => options.Block switch
    {
        BlockKind.Residual => new ResidualBlock(name, width, options),
        BlockKind.ConvNext => new ConvNextBlock(name, width, options),
        _ => throw new InvalidOperationException($"no block {options.Block}"),
    };

    public Value Build(ForwardPass pass, Value x)
    {
        using IDisposable scope = pass.Graph.Scope(_name);
        Value h = Branch(pass, x);
        return pass.Graph.Add(x, _film?.Build(pass, h) ?? h);
    }

    protected abstract Value Branch(ForwardPass pass, Value x);
}
