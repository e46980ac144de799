namespace UnetSpikes.Runtime;

/// <summary>How far ONNX Runtime rewrites a graph before it runs it.</summary>
public enum GraphOptimization
{
    /// <summary>Not at all: for finding out whether a rewrite is at fault.</summary>
    None,

    /// <summary>Constant folding and removal of what has no effect.</summary>
    Basic,

    /// <summary>Fusions too.</summary>
    Extended,

    /// <summary>Memory layouts too. What everything was measured with.</summary>
    All,
}

/// <summary>How a session computes. The defaults are the measured ones (docs: measured choices for speed on CPU).</summary>
public sealed record SessionSettings
{
    /// <summary>What the session runs, for messages: a file's name, or "training step".</summary>
    public string Name { get; init; } = "model";

    /// <summary>Where it computes.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>Threads within an operator; 0 = as many as the job was given, see <see cref="ThreadCount"/>.</summary>
    public int Threads { get; init; }

    /// <summary>Threads wait busily between operators: faster alone on the machine, wasteful when it is shared.</summary>
    public bool Spinning { get; init; } = true;

    /// <summary>Denormal numbers (below 1.2e-38) count as zero. They can make a step many times slower.</summary>
    public bool DenormalsAreZero { get; init; } = true;

    /// <summary>How far the graph is rewritten.</summary>
    public GraphOptimization Optimization { get; init; } = GraphOptimization.All;

    /// <summary>On a GPU, products of matrices may be rounded to TF32's 10 bits: faster, and no longer equal to the CPU's to float32 rounding.</summary>
    public bool AllowTf32 { get; init; }

    /// <summary>For development: the rewritten graph is written here; null = not.</summary>
    public string? OptimizedModelPath { get; init; }

    /// <summary>For development: a profile (Chrome trace) is written here with a date appended; null = not.</summary>
    public string? ProfilePath { get; init; }
}
