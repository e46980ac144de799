namespace UnetSpikes.Core;

/// <summary>A problem the user can act on: one line that says where, what is wrong and what was expected.</summary>
/// <remarks>Bugs are not of this family; they surface with their stack and exit code 1.</remarks>
public abstract class UnetSpikesException : Exception
{
    /// <summary>Creates the exception from its one line.</summary>
    /// <param name="message">"where: what is wrong, what was expected".</param>
    /// <param name="inner">What caused it, shown with <c>--verbose</c>.</param>
    protected UnetSpikesException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>The documented exit code of the family (README, Exit codes).</summary>
    public abstract int ExitCode { get; }
}

/// <summary>A wrong option, or an options file that cannot be used. Exit code 2.</summary>
public sealed class UsageException : UnetSpikesException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="option">The option or key as the user writes it, such as <c>--mask-ratio</c> or <c>TRAIN.MASK_RATIO</c>.</param>
    /// <param name="problem">What is wrong and what was expected.</param>
    public UsageException(string option, string problem)
        : base($"{option}: {problem}") => Option = option;

    /// <summary>The option or key as the user writes it.</summary>
    public string Option { get; }

    /// <inheritdoc/>
    public override int ExitCode => 2;
}

/// <summary>A data file that is not what it should be. Exit code 3.</summary>
public sealed class DataFormatException : UnetSpikesException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="place">Where in the file (<c>/train_data</c>, <c>byte 96</c>), or empty for the file as a whole.</param>
    /// <param name="problem">What is wrong and what was expected.</param>
    /// <param name="inner">The library's own error, if any.</param>
    public DataFormatException(string path, string place, string problem, Exception? inner = null)
        : base(place.Length == 0 ? $"{path}: {problem}" : $"{path}: {place} {problem}", inner)
    {
        Path = path;
        Place = place;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Where in the file; empty for the file as a whole.</summary>
    public string Place { get; }

    /// <inheritdoc/>
    public override int ExitCode => 3;
}

/// <summary>A graph that is not a valid ONNX graph, or cannot be differentiated. Exit code 4.</summary>
public sealed class GraphException : UnetSpikesException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="node">The node's name, or the value's where no node is at fault; empty for the graph as a whole.</param>
    /// <param name="operator">The operator type, or empty.</param>
    /// <param name="problem">What is wrong and what was expected.</param>
    /// <param name="inner">What caused it, if anything did.</param>
    public GraphException(string node, string @operator, string problem, Exception? inner = null)
        : base(Where(node, @operator) + problem, inner)
    {
        Node = node;
        Operator = @operator;
    }

    /// <summary>The node's (or value's) name.</summary>
    public string Node { get; }

    /// <summary>The operator type.</summary>
    public string Operator { get; }

    /// <inheritdoc/>
    public override int ExitCode => 4;

    private static string Where(string node, string op) => (node.Length, op.Length) switch
    {
        (0, 0) => "graph: ",
        (0, _) => $"operator {op}: ",
        (_, 0) => $"'{node}': ",
        _ => $"node '{node}' ({op}): ",
    };
}

/// <summary>A checkpoint or model file that cannot be used. Exit code 4.</summary>
public sealed class CheckpointException : UnetSpikesException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The checkpoint or model file.</param>
    /// <param name="key">The tensor or metadata key at fault, or empty.</param>
    /// <param name="problem">What is wrong and what was expected.</param>
    /// <param name="inner">What caused it, if anything did.</param>
    public CheckpointException(string path, string key, string problem, Exception? inner = null)
        : base(key.Length == 0 ? $"{path}: {problem}" : $"{path}: '{key}' {problem}", inner)
    {
        Path = path;
        Key = key;
    }

    /// <summary>The checkpoint or model file.</summary>
    public string Path { get; }

    /// <summary>The tensor or metadata key at fault; empty for the file as a whole.</summary>
    public string Key { get; }

    /// <inheritdoc/>
    public override int ExitCode => 4;
}

/// <summary>ONNX Runtime or a device refused. Exit code 5.</summary>
public sealed class SessionException : UnetSpikesException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="device">The device asked for, such as <c>cuda:0</c>.</param>
    /// <param name="problem">ONNX Runtime's own words, the missing library's name, what to do.</param>
    /// <param name="inner">The runtime's own exception.</param>
    public SessionException(string device, string problem, Exception? inner = null)
        : base($"device {device}: {problem}", inner) => Device = device;

    /// <summary>The device asked for.</summary>
    public string Device { get; }

    /// <inheritdoc/>
    public override int ExitCode => 5;
}

/// <summary>Training cannot go on: the loss is not a number, or it diverged. Exit code 6.</summary>
public sealed class TrainingException : UnetSpikesException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="step">The step at which it happened, from 1.</param>
    /// <param name="loss">The loss there.</param>
    /// <param name="lastGoodCheckpoint">The newest checkpoint written before, or null when there is none.</param>
    public TrainingException(long step, double loss, string? lastGoodCheckpoint)
        : base($"step {step}: the loss is {loss}; " + (lastGoodCheckpoint is null
            ? "no checkpoint was written yet"
            : $"the last good checkpoint is {lastGoodCheckpoint}") + "; try a lower --lr or --set TRAIN.MAX_GRAD_NORM=1")
    {
        Step = step;
        Loss = loss;
        LastGoodCheckpoint = lastGoodCheckpoint;
    }

    /// <summary>The step at which it happened, from 1.</summary>
    public long Step { get; }

    /// <summary>The loss there.</summary>
    public double Loss { get; }

    /// <summary>The newest checkpoint written before; null when there is none.</summary>
    public string? LastGoodCheckpoint { get; }

    /// <inheritdoc/>
    public override int ExitCode => 6;
}
