using Microsoft.ML.OnnxRuntime;
using UnetSpikes.Core;
using UnetSpikes.Runtime;
using Xunit;

namespace UnetSpikes.Tests.Runtime;

public class CudaPlacementTests
{
    private const string ShapeNode = "ORT optimization- Force fallback to CPU execution for node: /pad/Mod because the CPU execution path is deemed "
        + "faster than overhead involved with execution on other EPs  capable of executing this node";

    [Fact]
    public void Shape_arithmetic_that_onnx_runtime_moved_to_the_cpu_on_purpose_is_allowed() =>
        CudaPlacement.Require(
            [ShapeNode, "Node placements", " Node(s) placed on [CUDAExecutionProvider]. Number of nodes: 1", "  Conv (conv)", " Node(s) placed on [CPUExecutionProvider]. Number of nodes: 1", "  Mod (/pad/Mod)"],
            Device.Cuda(),
            "m.onnx");

    [Fact]
    public void A_node_without_a_cuda_kernel_is_refused_by_name()
    {
        var e = Assert.Throws<SessionException>(() => CudaPlacement.Require(
            [ShapeNode, " Node(s) placed on [CPUExecutionProvider]. Number of nodes: 2\n  Mod (/pad/Mod)\n  Bernoulli (mask (drawn))", " Node(s) placed on [CUDAExecutionProvider]. Number of nodes: 1", "  Conv (conv)"],
            Device.Cuda(),
            "m.onnx"));

        Assert.Equal("device cuda:0: m.onnx: 1 node(s) have no CUDA kernel and would run on the CPU: Bernoulli (mask (drawn))", e.Message);
    }

    [Fact]
    public void Everything_on_the_cpu_is_refused() =>
        Assert.Throws<SessionException>(() => CudaPlacement.Require([" All nodes placed on [CPUExecutionProvider]. Number of nodes: 5"], Device.Cuda(), "m.onnx"));

    [Fact]
    public void A_log_that_says_nothing_is_no_proof() =>
        Assert.Throws<SessionException>(() => CudaPlacement.Require(["Session successfully initialized."], Device.Cuda(), "m.onnx"));

    [Fact]
    public void This_onnx_runtime_says_where_nodes_are_in_the_words_that_are_read()
    {
        using SessionOptions options = SessionFactory.NewOptions(Fixtures.Quiet, threads: 1);
        (InferenceSession session, IReadOnlyList<string> log) = SessionFactory.OpenWithLog(Fixtures.Bytes("sgd_step"), options, Fixtures.Quiet, Device.Cpu);
        session.Dispose();

        Assert.Equal(["all nodes (all)"], CudaPlacement.NodesOn(log, "CPUExecutionProvider"));
        Assert.Empty(CudaPlacement.NodesOn(log, "CUDAExecutionProvider")!);
    }
}
