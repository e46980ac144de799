using UnetSpikes.Models.Links;
using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>A network from spike counts to rates: what training, evaluation and export need to know of an architecture.</summary>
public abstract class SpikeNetwork
{
    /// <summary>Name of the weight of the mask's channels in the embedding, [width, channels, 1], where <see cref="ModelOptions.MaskChannels"/> are asked for.</summary>
    public const string MaskWeight = "mask_embedding.weight";

    private ParameterLayout? _parameters;
    private ParameterLayout? _runningStatistics;
    private OutputLink? _link;

    /// <summary>The options it was made from; they rebuild it.</summary>
    public abstract ModelOptions Options { get; }

    /// <summary>Everything the optimizer changes, in the order of PyTorch's <c>parameters()</c>; then the mask's weight and the link's, if any.</summary>
    public ParameterLayout Parameters => _parameters ??= new ParameterLayout([.. DeclareParameters(), .. DeclareMaskWeight(), .. Link.Parameters]);

    /// <summary>The running means and variances of all normalisations.</summary>
    public ParameterLayout RunningStatistics => _runningStatistics ??= new ParameterLayout([.. Normalizations.SelectMany(n => n.RunningStatistics)]);

    /// <summary>Every normalisation, in forward order.</summary>
    public abstract IReadOnlyList<BatchNorm> Normalizations { get; }

    /// <summary>The bins of input that can change one output bin, to its left and to its right.</summary>
    public abstract ReceptiveField ReceptiveField { get; }

    /// <summary>Whether an output bin depends on its whole trial, beyond <see cref="ReceptiveField"/>: pieces of a recording cannot be inferred on their own.</summary>
    public virtual bool NeedsTrials => false;

    /// <summary>Bins of the only trials it takes, forward bins not counted; null where it takes any.</summary>
    public virtual int? TrialBins => null;

    /// <summary>Where activations are hidden at random while training; none where nothing is.</summary>
    public virtual IReadOnlyList<Dropout> Dropouts => [];

    /// <summary>The network works on multiples of this many bins plus one; other lengths are padded. 1 where no padding is needed.</summary>
    public abstract int BinMultiple { get; }

    /// <summary>Channels of the last hidden layer, <see cref="NetworkOutput.Latents"/>.</summary>
    public virtual int LatentChannels => Options.LatentDim;

    /// <summary>Name of the bias of the output layer, which <see cref="SetBaselineRate"/> sets.</summary>
    public abstract string OutputBias { get; }

    /// <summary>How the last layer's output becomes a rate.</summary>
    public OutputLink Link => _link ??= Options.BuildLink();

    /// <summary>Adds the network up to its last layer to a graph.</summary>
    /// <param name="pass">How to build: training, evaluation or export.</param>
    /// <param name="counts">
    /// Spike counts in the pass's layout, any number of bins; the channels are <see cref="ModelOptions.InputChannels"/>, in an export <see cref="ModelOptions.CountChannels"/>.
    /// </param>
    /// <returns>The last layer's output, in the same layout, and the channels of the bottleneck's way up (the last hidden layer); both with the forward bins.</returns>
    public NetworkOutput Build(ForwardPass pass, Value counts) => BuildLayers(pass, Options.ForwardBins == 0 ? counts : pass.AppendBins(counts, Options.ForwardBins));

    /// <summary>Adds the whole network to a graph, the link included.</summary>
    /// <param name="pass">How to build: training or evaluation.</param>
    /// <param name="counts">Spike counts in the pass's layout.</param>
    public PredictedRates Predict(ForwardPass pass, Value counts) => Link.Apply(pass.Graph, Build(pass, counts).Linear, pass.Parameter);

    /// <summary>Makes the untrained network predict a given rate everywhere on average: the output bias becomes what the link makes into that rate.</summary>
    /// <param name="parameters">The flat parameter vector; changed.</param>
    /// <param name="rate">Expected spikes per bin, above 0.</param>
    public void SetBaselineRate(Span<float> parameters, double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        parameters.Slice(Parameters.Offset(OutputBias), Options.Channels).Fill((float)Link.InverseAt(rate));
    }

    /// <summary>Adds the layers to a graph.</summary>
    /// <param name="pass">How to build.</param>
    /// <param name="counts">Spike counts in the pass's layout, the forward bins, which hold none, included.</param>
    /// <returns>As <see cref="Build"/>; of the length of <paramref name="counts"/>.</returns>
    protected abstract NetworkOutput BuildLayers(ForwardPass pass, Value counts);

    /// <summary>The arrays the optimizer changes, in order.</summary>
    protected abstract IEnumerable<ParameterSpec> DeclareParameters();

    /// <summary>The part of the embedding that sees the mask: every architecture has it, because the forward pass adds it (<see cref="ForwardPass.Embed"/>).</summary>
    private IEnumerable<ParameterSpec> DeclareMaskWeight() => Options.MaskChannels
        ? [new(MaskWeight, [Options.LatentDim, Options.CountChannels, 1], Initialization.Uniform, 1 / Math.Sqrt(Options.CountChannels))]
        : [];
}

/// <summary>What a network's layers compute, in the pass's layout.</summary>
/// <param name="Linear">The last layer's output: log-rates, or whatever else <see cref="OutputLink"/> makes into rates.</param>
/// <param name="Latents">The last hidden layer, of which <paramref name="Linear"/> is a linear map.</param>
public sealed record NetworkOutput(Value Linear, Value Latents);

/// <summary>Bins of input that can change one output bin.</summary>
/// <param name="Left">Bins before it.</param>
/// <param name="Right">Bins after it: the look-ahead.</param>
public readonly record struct ReceptiveField(int Left, int Right);
