using Microsoft.ML.OnnxRuntime;
using UnetSpikes.Core;
using UnetSpikes.Runtime.Native;

namespace UnetSpikes.Runtime;

/// <summary>Makes ONNX Runtime sessions. The options live in a <c>using</c> until the session exists: the binding hands their bare
/// handle to native code, and a collector that runs meanwhile would free it.</summary>
internal static class SessionFactory
{
    // All models are ONNX; otherwise ONNX Runtime looks at some bytes, and may take the file for one of its own format, which nothing here can read.
    private const string ModelFormat = "session.load_model_format";

    private const string NoCpuFallback = "session.disable_cpu_ep_fallback";

    /// <summary>Makes the session on the device the settings ask for.</summary>
    /// <exception cref="SessionException">The model or the device was refused.</exception>
    public static (InferenceSession Session, DeviceChoice Choice) Create(byte[] model, SessionSettings settings, int threads)
    {
        DeviceChoice choice = DevicePolicy.Choose(settings.Device);
        if (choice.Device.Kind == DeviceKind.Cuda)
        {
            try
            {
                return (OnCuda(model, settings, threads, choice.Device), choice);
            }
            catch (SessionException e) when (settings.Device.Kind == DeviceKind.Auto)
            {
                choice = new DeviceChoice(Device.Cpu, $"CUDA refused this model: {e.Message}");
            }
        }

        using SessionOptions options = NewOptions(settings, threads);
        return (Open(model, options, settings, choice.Device), choice);
    }

    /// <summary>All nodes on the GPU if possible; else only with ONNX Runtime's own shape arithmetic on the CPU; else an error.</summary>
    private static InferenceSession OnCuda(byte[] model, SessionSettings settings, int threads, Device device)
    {
        try
        {
            using SessionOptions strict = NewOptions(settings, threads);
            CudaProvider.Append(strict, settings, device);
            strict.AddSessionConfigEntry(NoCpuFallback, "1");
            return Open(model, strict, settings, device);
        }
        catch (SessionException e) when (e.Message.Contains("fallback to CPU EP has been explicitly disabled", StringComparison.Ordinal))
        {
            return OnCudaWithShapeNodesOnCpu(model, settings, threads, device);
        }
    }

    private static InferenceSession OnCudaWithShapeNodesOnCpu(byte[] model, SessionSettings settings, int threads, Device device)
    {
        using SessionOptions options = NewOptions(settings, threads);
        CudaProvider.Append(options, settings, device);
        (InferenceSession session, IReadOnlyList<string> log) = OpenWithLog(model, options, settings, device);
        try
        {
            CudaPlacement.Require(log, device, settings.Name);
            return session;
        }
        catch (SessionException)
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Makes a session and keeps everything ONNX Runtime says meanwhile on this thread.</summary>
    internal static (InferenceSession Session, IReadOnlyList<string> Log) OpenWithLog(byte[] model, SessionOptions options, SessionSettings settings, Device device)
    {
        OrtEnv env = OrtEnvironment.Get();
        OrtLoggingLevel usual = env.EnvLogLevel;
        options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_VERBOSE;
        env.EnvLogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_INFO;   // nodes moved to the CPU on purpose are named there
        RuntimeLog.StartCapture();
        try
        {
            return (Open(model, options, settings, device), RuntimeLog.EndCapture());
        }
        finally
        {
            _ = RuntimeLog.EndCapture();
            env.EnvLogLevel = usual;
        }
    }

    /// <summary>The options every session has, wherever it runs.</summary>
    internal static SessionOptions NewOptions(SessionSettings settings, int threads)
    {
        _ = OrtEnvironment.Get();   // ours before the binding makes one by itself
        var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableCpuMemArena = true,
            GraphOptimizationLevel = settings.Optimization switch
            {
                GraphOptimization.None => GraphOptimizationLevel.ORT_DISABLE_ALL,
                GraphOptimization.Basic => GraphOptimizationLevel.ORT_ENABLE_BASIC,
                GraphOptimization.Extended => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
                _ => GraphOptimizationLevel.ORT_ENABLE_ALL,
            },
        };
        options.AddSessionConfigEntry(ModelFormat, "ONNX");
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", settings.Spinning ? "1" : "0");
        options.AddSessionConfigEntry("session.set_denormal_as_zero", settings.DenormalsAreZero ? "1" : "0");
        if (settings.OptimizedModelPath is string optimized)
        {
            options.OptimizedModelFilePath = optimized;
        }

        if (settings.ProfilePath is string profile)
        {
            options.ProfileOutputPathPrefix = profile;
            options.EnableProfiling = true;
        }

        return options;
    }

    private static InferenceSession Open(byte[] model, SessionOptions options, SessionSettings settings, Device device)
    {
        // Constant folding computes too; and the first session of a process would leave its thread in ONNX Runtime's mode.
        using var mode = new DenormalsFlushed(settings.DenormalsAreZero);
        try
        {
            return new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtRefusal.From(e, device, $"{settings.Name}: ONNX Runtime refused the model");
        }
    }
}
