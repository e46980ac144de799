using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>The forward pass of a training step: normalisation by the batch's own statistics, which also move the running ones.</summary>
public sealed class TrainingPass : StaticPass
{
    private readonly Dictionary<string, Value> _ofBatch = [];
    private readonly ParameterLayout _layout;
    private readonly Value? _running;

    /// <summary>Starts the pass.</summary>
    /// <param name="graph">The graph being built.</param>
    /// <param name="network">The network to be built.</param>
    /// <param name="parameters">Its flat parameter vector.</param>
    /// <param name="runningStatistics">Its flat vector of running means and variances; null where it has none.</param>
    public TrainingPass(Graph graph, SpikeNetwork network, Value parameters, Value? runningStatistics)
        : base(graph, network, parameters)
    {
        _layout = network.RunningStatistics;
        _running = runningStatistics;
    }

    /// <summary>Whether dropout hides anything; false where the pass is not for training but for what the trained network will see.</summary>
    public bool HasDropout { get; init; } = true;

    /// <inheritdoc/>
    public override Value Normalize(Value x, BatchNorm norm) => Graph.Reshape(NormalizedRows(x, norm), x.KnownShape.Sizes());

    /// <inheritdoc/>
    public override Value NormalizeRelu(Value x, BatchNorm norm) => Graph.Reshape(Graph.Relu(NormalizedRows(x, norm)), x.KnownShape.Sizes());

    /// <inheritdoc/>
    /// <remarks>The mask is an input: 0 where hidden, else 1/(1 − ratio). Drawn outside the graph, it can be drawn again after a run was resumed.</remarks>
    public override Value Drop(Value x, Dropout? dropout) =>
        dropout is null || !HasDropout ? x : Graph.Mul(x, Graph.AddInput(dropout.MaskName, x.Type, x.KnownShape));

    /// <summary>Mean and variance of every normalisation in this batch, as one flat vector; the variance is the unbiased one, as PyTorch has it.</summary>
    public Value BatchStatistics() => Graph.Concat(0, [.. _layout.Specs.Select(s => _ofBatch[s.Name])]);

    /// <summary>The running statistics after this step, as one flat vector.</summary>
    /// <remarks>running ← (1 − momentum) · running + momentum · batch.</remarks>
    public Value UpdatedStatistics() =>
        Graph.Add(Graph.Mul(_running!, 1 - BatchNorm.Momentum), Graph.Mul(BatchStatistics(), BatchNorm.Momentum));

    /// <summary>Each channel over bins and batch, [1, C, T·B]; its statistics are noted for the running ones.</summary>
    private Value NormalizedRows(Value x, BatchNorm norm)
    {
        long[] sizes = x.KnownShape.Sizes();               // [1, C, T, B]
        long count = sizes[2] * sizes[3];
        Value rows = Graph.Reshape(x, 1, sizes[1], count);
        ChannelStatistics statistics = ChannelStatistics.Of(Graph, rows);
        _ofBatch[norm.Name + ".running_mean"] = norm.Bias is null ? statistics.Mean : Graph.Add(statistics.Mean, Parameter(norm.Bias));
        _ofBatch[norm.Name + ".running_var"] = Graph.Mul(statistics.Variance, count / Math.Max(1.0, count - 1));
        return Graph.InstanceNormalization(rows, Parameter(norm.Name + ".weight"), Parameter(norm.Name + ".bias"), BatchNorm.Epsilon);
    }
}
