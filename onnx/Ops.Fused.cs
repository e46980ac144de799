namespace UnetSpikes.Onnx;

public static partial class Ops
{
    /// <summary>alpha · A' · B' with numpy's batching, either operand transposed in its last two axes (ONNX Runtime's own operator).</summary>
    public static Value FusedMatMul(this Graph g, Value a, Value b, bool transA = false, bool transB = false, double alpha = 1) =>
        g.Add("FusedMatMul", [a, b], new() { { "transA", transA }, { "transB", transB }, { "alpha", alpha } }, Graph.MicrosoftDomain);
}
