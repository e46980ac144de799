using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>The forward pass of validation: normalisation by the running statistics, parameters as the optimizer holds them.</summary>
public class EvaluationPass : StaticPass
{
    private readonly Dictionary<string, Value> _running = [];

    /// <summary>Starts the pass.</summary>
    /// <param name="graph">The graph being built.</param>
    /// <param name="network">The network to be built.</param>
    /// <param name="parameters">Its flat parameter vector.</param>
    /// <param name="runningStatistics">Its flat vector of running means and variances; null where it has none.</param>
    public EvaluationPass(Graph graph, SpikeNetwork network, Value parameters, Value? runningStatistics)
        : base(graph, network, parameters) => CutInto(_running, network.RunningStatistics, runningStatistics);

    /// <inheritdoc/>
    public override Value Normalize(Value x, BatchNorm norm)
    {
        // The convolution left its bias out: taking it from the mean is the same.
        Value mean = _running[norm.Name + ".running_mean"];
        mean = norm.Bias is null ? mean : Graph.Sub(mean, Parameter(norm.Bias));
        return Graph.BatchNormalization(
            x, Parameter(norm.Name + ".weight"), Parameter(norm.Name + ".bias"), mean, _running[norm.Name + ".running_var"], BatchNorm.Epsilon);
    }
}
