using Microsoft.ML.OnnxRuntime;
using UnetSpikes.Core;
using UnetSpikes.Runtime.Native;

namespace UnetSpikes.Runtime;

/// <summary>A model ready to run: serialized ONNX bytes on one device with a set number of threads.</summary>
/// <remarks>
/// Owns everything native that belongs to it. What is bound to it (<see cref="BoundRun"/>, <see cref="StatefulSession"/>) is disposed with it and
/// before it, whatever the order of <c>Dispose</c> calls. One call runs at a time; a second thread waits. Safe to dispose twice, and from another thread.
/// </remarks>
public sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions;

    /// <summary>Loads a model.</summary>
    /// <param name="model">A serialized ONNX ModelProto.</param>
    /// <param name="settings">How to compute; null = the defaults.</param>
    /// <exception cref="SessionException">The bytes are no model ONNX Runtime can run, or the device was refused.</exception>
    /// <exception cref="UsageException">The number of threads is negative.</exception>
    public OnnxSession(byte[] model, SessionSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        Settings = settings ?? new SessionSettings();
        Threads = ThreadCount.Resolve(Settings.Threads);
        (InferenceSession session, DeviceChoice choice) = SessionFactory.Create(model, Settings, Threads.Count);
        _session = Scope.Own(session);
        _runOptions = Scope.Own(new RunOptions());
        Device = choice.Device;
        DeviceReason = choice.Reason;
        Inputs = [.. _session.InputNames.Select(name => Describe(name, _session.InputMetadata[name]))];
        Outputs = [.. _session.OutputNames.Select(name => Describe(name, _session.OutputMetadata[name]))];
        Metadata = new Dictionary<string, string>(_session.ModelMetadata.CustomMetadataMap, StringComparer.Ordinal);
    }

    /// <summary>An abandoned session is disposed like any other, in order.</summary>
    ~OnnxSession() => DisposeScope();

    /// <summary>As given, or the defaults.</summary>
    public SessionSettings Settings { get; }

    /// <summary>The device that computes.</summary>
    public Device Device { get; }

    /// <summary>Why that device, one line.</summary>
    public string DeviceReason { get; }

    /// <summary>What runs the model, such as "CPUExecutionProvider of ONNX Runtime 1.29.0".</summary>
    public string Provider =>
        $"{(Device.Kind == DeviceKind.Cuda ? "CUDA" : "CPU")}ExecutionProvider of ONNX Runtime {OrtEnvironment.Get().GetVersionString()}";

    /// <summary>How many threads compute, and who said so.</summary>
    public ThreadCount Threads { get; }

    /// <summary>What the model takes, in its order.</summary>
    public IReadOnlyList<TensorInfo> Inputs { get; }

    /// <summary>What the model gives, in its order.</summary>
    public IReadOnlyList<TensorInfo> Outputs { get; }

    /// <summary>The model's metadata_props.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Held while native code runs and while native memory is freed.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Owns everything native of this session; what is bound to it adds its own scope.</summary>
    internal NativeScope Scope { get; } = new();

    /// <summary>The native session; only under <see cref="Gate"/>.</summary>
    /// <exception cref="ObjectDisposedException">The session was disposed.</exception>
    internal InferenceSession Native
    {
        get
        {
            ObjectDisposedException.ThrowIf(Scope.IsDisposed, this);
            return _session;
        }
    }

    /// <summary>Runs once with inputs of any shape the model takes. For repeated runs of one shape see <see cref="BoundRun"/>.</summary>
    /// <param name="feeds">A tensor for every input.</param>
    /// <param name="fetches">The outputs wanted; null = all.</param>
    /// <returns>The outputs by name, copied into ordinary memory.</returns>
    /// <exception cref="SessionException">A feed is missing, unknown, or of the wrong type or shape; or ONNX Runtime failed.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed.</exception>
    public IReadOnlyDictionary<string, HostTensor> Run(IReadOnlyDictionary<string, HostTensor> feeds, IReadOnlyCollection<string>? fetches = null)
    {
        ArgumentNullException.ThrowIfNull(feeds);
        foreach ((string name, HostTensor tensor) in feeds)
        {
            Require(Inputs, "input", name, tensor.Type, tensor.Shape);
        }

        RequireAllFed(feeds.Keys);
        string[] wanted = fetches is null ? [.. Outputs.Select(o => o.Name)] : [.. fetches];
        foreach (string name in wanted)
        {
            TensorInfo output = Find(Outputs, "output", name);
            if (output.Type == ElementType.Other)
            {
                throw Refuse($"output '{name}' is of a type that cannot be fetched, expected float, double, int64, int32, bool or uint8");
            }
        }

        lock (Gate)
        {
            return RunLocked(feeds, wanted);
        }
    }

    /// <summary>Disposes what is bound, then the session, and returns the memory to the system.</summary>
    public void Dispose()
    {
        DisposeScope();
        GC.SuppressFinalize(this);
    }

    /// <summary>Checks tensors against the model before they are bound: each of its type and shape, no input left out, no name twice.</summary>
    /// <exception cref="SessionException">They do not fit the model.</exception>
    /// <exception cref="ArgumentException">A name is given twice: its first buffer would silently be lost.</exception>
    internal void RequireFits(IReadOnlyList<TensorSpec> inputs, IReadOnlyList<TensorSpec> outputs)
    {
        Check(inputs, Inputs, "input");
        Check(outputs, Outputs, "output");
        RequireAllFed(inputs.Select(i => i.Name));

        void Check(IReadOnlyList<TensorSpec> given, IReadOnlyList<TensorInfo> declared, string kind)
        {
            foreach (TensorSpec spec in given)
            {
                Require(declared, kind, spec.Name, spec.Type, spec.Shape);
            }

            if (given.GroupBy(s => s.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            {
                throw new ArgumentException($"the {kind} '{twice.Key}' is bound twice");
            }
        }
    }

    /// <summary>Checks one tensor against the model.</summary>
    private void Require(IReadOnlyList<TensorInfo> declared, string kind, string name, ElementType type, IReadOnlyList<long> shape)
    {
        TensorInfo info = Find(declared, kind, name);
        if (info.Type != type || !info.Admits(shape))
        {
            throw Refuse($"{kind} '{name}' is {type} {Shapes.Text(shape)}, expected {info}");
        }
    }

    /// <summary>Checks that no input is left without a tensor.</summary>
    private void RequireAllFed(IEnumerable<string> names)
    {
        string[] missing = [.. Inputs.Select(i => i.Name).Except(names)];
        if (missing.Length > 0)
        {
            throw Refuse($"input '{missing[0]}' is not fed");
        }
    }

    private SessionException Refuse(string problem) => new(Device.ToString(), $"{Settings.Name}: {problem}");

    private static TensorInfo Describe(string name, NodeMetadata node) => node.IsTensor
        ? new TensorInfo(name, ElementTypes.FromOrt(node.ElementDataType), [.. node.Dimensions.Select(d => d < 0 ? (long?)null : d)])
        : new TensorInfo(name, ElementType.Other, []);

    private void DisposeScope()
    {
        lock (Gate)
        {
            if (Scope.IsDisposed)
            {
                return;
            }

            Scope.Dispose();
        }

        Glibc.ReturnFreedPages();
    }

    private TensorInfo Find(IReadOnlyList<TensorInfo> declared, string kind, string name) =>
        declared.FirstOrDefault(t => t.Name == name)
        ?? throw Refuse($"there is no {kind} '{name}', expected one of {string.Join(", ", declared.Select(t => t.Name))}");

    private Dictionary<string, HostTensor> RunLocked(IReadOnlyDictionary<string, HostTensor> feeds, string[] wanted)
    {
        InferenceSession session = Native;
        var values = new List<OrtValue>(feeds.Count);
        var buffers = new List<HostBuffer>(feeds.Count);
        try
        {
            foreach (HostTensor tensor in feeds.Values)
            {
                var buffer = new HostBuffer(tensor.Type, [.. tensor.Shape]);
                tensor.Bytes().CopyTo(buffer.Bytes);
                buffers.Add(buffer);
                values.Add(buffer.NewValue());
            }

            using IDisposableReadOnlyCollection<OrtValue> results = Call(session, feeds.Keys, values, wanted);
            var fetched = new Dictionary<string, HostTensor>(StringComparer.Ordinal);
            for (int i = 0; i < wanted.Length; i++)
            {
                fetched[wanted[i]] = CopyOut(results[i]);
            }

            return fetched;
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtRefusal.From(e, Device, $"{Settings.Name}: running");
        }
        finally
        {
            values.ForEach(v => v.Dispose());
            GC.KeepAlive(buffers);
            GC.KeepAlive(this);
        }
    }

    private IDisposableReadOnlyCollection<OrtValue> Call(InferenceSession session, IEnumerable<string> names, List<OrtValue> values, string[] wanted)
    {
        using var mode = new DenormalsFlushed(Settings.DenormalsAreZero);
        return session.Run(_runOptions, [.. names], values, wanted);
    }

    private HostTensor CopyOut(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (info.ElementCount * ElementTypes.FromOrt(info.ElementDataType).Bytes() > Array.MaxLength)
        {
            throw Refuse($"an output {Shapes.Text(info.Shape)} is larger than 2 GiB, expected smaller batches");
        }

        HostTensor tensor = HostTensor.Zeros(ElementTypes.FromOrt(info.ElementDataType), info.Shape);
        if (tensor.Count > 0)
        {
            value.GetTensorMutableRawData().CopyTo(tensor.Bytes());
        }

        return tensor;
    }
}
