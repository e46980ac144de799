using UnetSpikes.Core;

namespace UnetSpikes.Runtime;

/// <summary>Reads from ONNX Runtime's log where it placed each node of a CUDA session, and refuses nodes left on the CPU.</summary>
/// <remarks>
/// One kind of CPU node is legitimate: small integer shape arithmetic (Shape, Gather, Mod … feeding a Pad's or Reshape's sizes), which
/// ONNX Runtime moves to the CPU on purpose because its result is needed there; it names each such node in its log
/// (fallback_cpu_capability.cc). Every other CPU node has no CUDA kernel and would drag tensors across the bus in each run.
/// </remarks>
internal static class CudaPlacement
{
    private const string AllOn = "All nodes placed on [";
    private const string SomeOn = "Node(s) placed on [";
    private const string OnPurpose = "Force fallback to CPU execution for node: ";
    private const string Cpu = "CPUExecutionProvider";

    /// <summary>Checks a session just made.</summary>
    /// <param name="log">ONNX Runtime's log while it was made, at its most verbose.</param>
    /// <param name="device">For the message.</param>
    /// <param name="what">The session's name, for the message.</param>
    /// <exception cref="SessionException">A node is on the CPU for want of a CUDA kernel, or the log does not say where the nodes are.</exception>
    public static void Require(IReadOnlyList<string> log, Device device, string what)
    {
        HashSet<string> shapeNodes = [.. log.Where(l => l.Contains(OnPurpose, StringComparison.Ordinal)).Select(NodeOnPurpose)];
        IReadOnlyList<string>? onCpu = NodesOn(log, Cpu);
        if (onCpu is null)
        {
            throw new SessionException(device.ToString(), $"{what}: ONNX Runtime did not say where it placed the nodes, so it is not certain that all are on the GPU");
        }

        string[] refused = [.. onCpu.Where(node => !shapeNodes.Contains(NameOf(node)))];
        if (refused.Length > 0)
        {
            throw new SessionException(device.ToString(), $"{what}: {refused.Length} node(s) have no CUDA kernel and would run on the CPU: "
                + string.Join(", ", refused.Take(5)) + (refused.Length > 5 ? ", …" : ""));
        }
    }

    /// <summary>The nodes placed on a provider as "Operator (name)"; null when the log says nothing about placement.</summary>
    internal static IReadOnlyList<string>? NodesOn(IReadOnlyList<string> log, string provider)
    {
        var nodes = new List<string>();
        bool saysPlacement = false;
        bool isListed = false;
        foreach (string line in log.SelectMany(l => l.Split('\n')).Select(l => l.Trim()))
        {
            if (line.StartsWith(AllOn, StringComparison.Ordinal))
            {
                saysPlacement = true;
                isListed = false;
                if (line.StartsWith(AllOn + provider + "]", StringComparison.Ordinal))
                {
                    nodes.Add("all nodes (all)");
                }
            }
            else if (line.StartsWith(SomeOn, StringComparison.Ordinal))
            {
                saysPlacement = true;
                isListed = line.StartsWith(SomeOn + provider + "]", StringComparison.Ordinal);
            }
            else if (isListed && line.EndsWith(')') && line.Contains('('))
            {
                nodes.Add(line);
            }
            else
            {
                isListed = false;
            }
        }

        return saysPlacement ? nodes : null;
    }

    private static string NodeOnPurpose(string line)
    {
        string rest = line[(line.IndexOf(OnPurpose, StringComparison.Ordinal) + OnPurpose.Length)..];
        int end = rest.IndexOf(" because", StringComparison.Ordinal);
        return (end < 0 ? rest : rest[..end]).Trim();
    }

    // "Operator (name)": names may hold parentheses, operators may not.
    private static string NameOf(string node) => node[(node.IndexOf('(', StringComparison.Ordinal) + 1)..^1];
}
