using Microsoft.ML.OnnxRuntime;
using UnetSpikes.Core;

namespace UnetSpikes.Runtime;

/// <summary>Turns ONNX Runtime's exceptions into the user's one line: device, what was run, its own words.</summary>
internal static class OrtRefusal
{
    /// <param name="e">As the binding threw it.</param>
    /// <param name="device">Where.</param>
    /// <param name="what">What was being done, such as "model.onnx: running".</param>
    public static SessionException From(OnnxRuntimeException e, Device device, string what) =>
        new(device.ToString(), $"{what}: {OneLine(WithoutCode(e.Message))}", e);

    public static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    // The binding puts "[ErrorCode:Fail] " before ONNX Runtime's own words.
    private static string WithoutCode(string message) =>
        message.StartsWith("[ErrorCode:", StringComparison.Ordinal) && message.IndexOf("] ", StringComparison.Ordinal) is int end and > 0
            ? message[(end + 2)..]
            : message;
}
