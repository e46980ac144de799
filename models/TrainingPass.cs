using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>The forward pass of a training step: normalisation by the batch's own statistics, which also move the running ones.</summary>
public sealed class TrainingPass : StaticPass
{
    private readonly Dictionary<string, Value> _running = [];
    private readonly Dictionary<string, Value> _updated = [];
    private readonly ParameterLayout _layout;

    /// <summary>Starts the pass.</summary>
    /// <param name="graph">The graph being built.</param>
    /// <param name="network">The network to be built.</param>
    /// <param name="parameters">Its flat parameter vector.</param>
    /// <param name="runningStatistics">Its flat vector of running means and variances; null where it has none.</param>
    public TrainingPass(Graph graph, SpikeNetwork network, Value parameters, Value? runningStatistics)
        : base(graph, network, parameters)
    {
        _layout = network.RunningStatistics;
        CutInto(_running, _layout, runningStatistics);
    }

    /// <inheritdoc/>
    public override Value NormalizeRelu(Value x, BatchNorm norm)
    {
        long[] sizes = x.KnownShape.Sizes();               // [1, C, T, B]
        long channels = sizes[1];
        long count = sizes[2] * sizes[3];
        Value rows = Graph.Reshape(x, 1, channels, count);
        Value y = Graph.InstanceNormalization(rows, Parameter(norm.Name + ".weight"), Parameter(norm.Name + ".bias"), BatchNorm.Epsilon);

        Value mean = Graph.ReduceMean(rows, keepDims: true, 2);                                 // [1, C, 1]
        Value centred = Graph.Reshape(Graph.Sub(rows, mean), channels, 1, count);
        Value squares = Graph.FusedMatMul(centred, centred, transB: true);                      // [C, 1, 1]
        Value variance = Graph.Mul(Graph.Reshape(squares, channels), 1.0 / Math.Max(1, count - 1));
        Move(norm.Name + ".running_mean", Graph.Add(Graph.Reshape(mean, channels), Parameter(norm.Bias)));
        Move(norm.Name + ".running_var", variance);

        return Graph.Relu(Graph.Reshape(y, sizes));
    }

    /// <summary>The running statistics after this step, as one flat vector.</summary>
    public Value UpdatedStatistics() => Graph.Concat(0, [.. _layout.Specs.Select(s => _updated[s.Name])]);

    /// <summary>running ← (1 − momentum) · running + momentum · batch; PyTorch's variance is the unbiased one here.</summary>
    private void Move(string name, Value batch) =>
        _updated[name] = Graph.Add(Graph.Mul(_running[name], 1 - BatchNorm.Momentum), Graph.Mul(batch, BatchNorm.Momentum));
}
