using Microsoft.ML.OnnxRuntime;
using UnetSpikes.Core;

namespace UnetSpikes.Runtime;

/// <summary>ONNX Runtime's one environment per process, with its log led to <see cref="RuntimeLog"/>.</summary>
internal static class OrtEnvironment
{
    private static readonly Lock Gate = new();
    private static OrtEnv? _env;

    /// <summary>Makes the environment on first use.</summary>
    /// <exception cref="SessionException">ONNX Runtime's library cannot be loaded.</exception>
    public static OrtEnv Get()
    {
        lock (Gate)
        {
            return _env ??= Create();
        }
    }

    private static OrtEnv Create()
    {
        var options = new EnvironmentCreationOptions
        {
            logId = "unet-spikes",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
            loggingFunction = (_, severity, _, _, _, message) =>
                RuntimeLog.Receive(message, severity >= OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING),
        };
        try
        {
            // A program that uses ONNX Runtime itself may have made it before; then its log is its own.
            return OrtEnv.IsCreated ? OrtEnv.Instance() : OrtEnv.CreateInstanceWithOptions(ref options);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new SessionException("cpu", $"ONNX Runtime's library cannot be loaded, expected it in {AppContext.BaseDirectory}: {OrtRefusal.OneLine((e.InnerException ?? e).Message)}", e);
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtRefusal.From(e, Device.Cpu, "starting ONNX Runtime");
        }
    }
}
