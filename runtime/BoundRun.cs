using Microsoft.ML.OnnxRuntime;
using UnetSpikes.Core;

namespace UnetSpikes.Runtime;

/// <summary>The same run again and again with fixed shapes: inputs are filled in place, outputs are read in place, nothing is allocated per run.</summary>
/// <remarks>Belongs to its session and is disposed with it at the latest. Spans it gave out stay readable for ever, being managed memory.</remarks>
public sealed class BoundRun : IDisposable
{
    private readonly OnnxSession _session;
    private readonly NativeScope _scope;
    private readonly HostTensorSet _inputs;
    private readonly HostTensorSet _outputs;
    private readonly Dictionary<string, (TensorSpec Spec, OrtValue Value)> _onDevice = new(StringComparer.Ordinal);
    private readonly RunOptions _runOptions;
    private readonly DeviceMemory? _deviceMemory;
    private readonly OrtIoBinding _binding;

    /// <summary>Binds buffers to a session's inputs and outputs.</summary>
    /// <param name="session">Stays the caller's.</param>
    /// <param name="inputs">Every input of the model, with the shape it will always have.</param>
    /// <param name="outputs">The outputs wanted, with the shape they will have.</param>
    /// <exception cref="SessionException">A name, type or shape is not the model's, or an input is left out.</exception>
    public BoundRun(OnnxSession session, IReadOnlyList<TensorSpec> inputs, IReadOnlyList<TensorSpec> outputs)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        _session = session;
        lock (session.Gate)
        {
            InferenceSession native = session.Native;
            _scope = new NativeScope(session.Scope);
            _inputs = new HostTensorSet("input", _scope);
            _outputs = new HostTensorSet("output", _scope);
            try
            {
                session.RequireFits(inputs, outputs);
                _runOptions = _scope.Own(new RunOptions());
                _deviceMemory = outputs.Any(o => o.OnDevice) ? _scope.Own(new DeviceMemory(session.Device, native)) : null;
                foreach (TensorSpec input in inputs)
                {
                    _inputs.Add(input);
                }

                foreach (TensorSpec output in outputs)
                {
                    AddOutput(output);
                }

                _binding = _scope.Own(native.CreateIoBinding());
                Bind();
            }
            catch (OnnxRuntimeException e)
            {
                _scope.Dispose();
                throw OrtRefusal.From(e, session.Device, $"{session.Settings.Name}: binding");
            }
            catch
            {
                _scope.Dispose();
                throw;
            }
        }
    }

    /// <summary>An input's numbers, to be filled before <see cref="Run"/>.</summary>
    /// <typeparam name="T">The type it was bound with.</typeparam>
    /// <param name="name">As bound.</param>
    /// <exception cref="ArgumentException">No such input, or of another type.</exception>
    public Span<T> Input<T>(string name)
        where T : unmanaged => _inputs.Values<T>(name);

    /// <summary>An output's numbers as of the last <see cref="Run"/>; zeros before the first.</summary>
    /// <typeparam name="T">The type it was bound with.</typeparam>
    /// <param name="name">As bound, not on the device.</param>
    /// <exception cref="ArgumentException">No such output in host memory, or of another type.</exception>
    public ReadOnlySpan<T> Output<T>(string name)
        where T : unmanaged => _outputs.Values<T>(name);

    /// <summary>Copies an output that was kept on the device.</summary>
    /// <typeparam name="T">The type it was bound with.</typeparam>
    /// <param name="name">As bound, with <see cref="TensorSpec.OnDevice"/>.</param>
    /// <param name="destination">As many elements as its shape says.</param>
    /// <exception cref="ArgumentException">No such output on the device, of another type, or the destination's length differs.</exception>
    public void ReadOutput<T>(string name, Span<T> destination)
        where T : unmanaged
    {
        lock (_session.Gate)
        {
            ObjectDisposedException.ThrowIf(_scope.IsDisposed, this);
            if (!_onDevice.TryGetValue(name, out (TensorSpec Spec, OrtValue Value) output) || output.Spec.Type != ElementTypes.Of<T>())
            {
                throw new ArgumentException($"there is no output '{name}' of {typeof(T).Name} on the device");
            }

            DeviceCopy.Read(_session, _deviceMemory!, output.Value, output.Spec, destination);
        }
    }

    /// <summary>Runs the model on what the inputs hold.</summary>
    /// <exception cref="SessionException">ONNX Runtime failed; its words.</exception>
    /// <exception cref="ObjectDisposedException">This or its session was disposed.</exception>
    public void Run()
    {
        lock (_session.Gate)
        {
            ObjectDisposedException.ThrowIf(_scope.IsDisposed, this);
            BoundCall.Run(_session, _binding, _inputs, _runOptions);
        }

        GC.KeepAlive(this);
    }

    /// <summary>Frees what is bound; the session stays.</summary>
    public void Dispose()
    {
        lock (_session.Gate)
        {
            _scope.Dispose();
        }
    }

    private void AddOutput(TensorSpec output)
    {
        if (output.OnDevice)
        {
            _onDevice.Add(output.Name, (output, _scope.Own(_deviceMemory!.Allocate(output))));
        }
        else
        {
            _outputs.Add(output);
        }
    }

    private void Bind()
    {
        _inputs.BindAsInputs(_binding);
        _outputs.BindAsOutputs(_binding);
        foreach ((TensorSpec spec, OrtValue value) in _onDevice.Values)
        {
            _binding.BindOutput(spec.Name, value);
        }
    }
}
