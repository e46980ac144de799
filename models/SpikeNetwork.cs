using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>A network from spike counts to log-rates: what training, evaluation and export need to know of an architecture.</summary>
public abstract class SpikeNetwork
{
    private ParameterLayout? _parameters;
    private ParameterLayout? _runningStatistics;

    /// <summary>The options it was made from; they rebuild it.</summary>
    public abstract ModelOptions Options { get; }

    /// <summary>Everything the optimizer changes, in the order of PyTorch's <c>parameters()</c>.</summary>
    public ParameterLayout Parameters => _parameters ??= new ParameterLayout([.. DeclareParameters()]);

    /// <summary>The running means and variances of all normalisations.</summary>
    public ParameterLayout RunningStatistics => _runningStatistics ??= new ParameterLayout([.. Normalizations.SelectMany(n => n.RunningStatistics)]);

    /// <summary>Every normalisation, in forward order.</summary>
    public abstract IReadOnlyList<BatchNorm> Normalizations { get; }

    /// <summary>The bins of input that can change one output bin, to its left and to its right.</summary>
    public abstract ReceptiveField ReceptiveField { get; }

    /// <summary>The network works on multiples of this many bins plus one; other lengths are padded. 1 where no padding is needed.</summary>
    public abstract int BinMultiple { get; }

    /// <summary>Name of the bias of the output layer, which <see cref="SetBaselineRate"/> sets.</summary>
    public abstract string OutputBias { get; }

    /// <summary>Adds the whole network to a graph.</summary>
    /// <param name="pass">How to build: training, evaluation or export.</param>
    /// <param name="counts">Spike counts in the pass's layout, <see cref="ModelOptions.Channels"/> channels, any number of bins.</param>
    /// <returns>Log-rates, in the same layout and of the same length, and the channels of the bottleneck's way up (the last hidden layer).</returns>
    public abstract NetworkOutput Build(ForwardPass pass, Value counts);

    /// <summary>Makes the untrained network predict a given rate everywhere on average: the output bias becomes ln(rate).</summary>
    /// <param name="parameters">The flat parameter vector; changed.</param>
    /// <param name="rate">Expected spikes per bin, above 0.</param>
    public void SetBaselineRate(Span<float> parameters, double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        parameters.Slice(Parameters.Offset(OutputBias), Options.Channels).Fill((float)Math.Log(rate));
    }

    /// <summary>The arrays the optimizer changes, in order.</summary>
    protected abstract IEnumerable<ParameterSpec> DeclareParameters();
}

/// <summary>What a network computes.</summary>
/// <param name="LogRates">ln(expected spikes per bin), in the pass's layout.</param>
/// <param name="Latents">The last hidden layer, from which every unit's log-rate is a linear map.</param>
public sealed record NetworkOutput(Value LogRates, Value Latents)
{
    /// <summary>Hidden layers at the lowest resolution, in forward order, in the pass's layout: shown to people, never exported.</summary>
    public IReadOnlyList<HiddenLayer> Middle { get; init; } = [];
}

/// <summary>What a hidden layer computes.</summary>
/// <param name="Name">The layer's name, as its parameters have it.</param>
/// <param name="Activations">Its output, in the pass's layout.</param>
public sealed record HiddenLayer(string Name, Value Activations);

/// <summary>Bins of input that can change one output bin.</summary>
/// <param name="Left">Bins before it.</param>
/// <param name="Right">Bins after it: the look-ahead.</param>
public readonly record struct ReceptiveField(int Left, int Right);
