using Microsoft.ML.OnnxRuntime;
using UnetSpikes.Core;

namespace UnetSpikes.Runtime;

/// <summary>A tensor that a step takes and gives back changed: the parameters, an optimizer's moments, running statistics.</summary>
/// <param name="Input">Its name as an input of the graph.</param>
/// <param name="Output">Its name as an output of the graph.</param>
/// <param name="Initial">Its first value, copied; gives type and shape, which never change.</param>
public sealed record StatePair(string Input, string Output, HostTensor Initial);

/// <summary>
/// A model run step by step whose state stays in place: on the device, between steps, without copies.
/// </summary>
/// <remarks>
/// Two sets of state tensors and two bindings: one reads the first set and writes the second, the other the reverse; each step uses the
/// next. A step that fails leaves the current state as it was. Belongs to its session and is disposed with it at the latest.
/// </remarks>
public sealed class StatefulSession : IDisposable
{
    private readonly OnnxSession _session;
    private readonly NativeScope _scope;
    private readonly HostTensorSet _feeds;
    private readonly HostTensorSet _fetches;
    private readonly Dictionary<string, State> _states = new(StringComparer.Ordinal);
    private readonly RunOptions _runOptions;
    private readonly DeviceMemory? _deviceMemory;
    private readonly OrtIoBinding[] _bindings;
    private int _current;

    /// <summary>Binds state, feeds and fetches, and sets the state to its first value.</summary>
    /// <param name="session">Stays the caller's.</param>
    /// <param name="state">Tensors carried from step to step.</param>
    /// <param name="feeds">Every other input of the model, filled by the caller before each step.</param>
    /// <param name="fetches">Small outputs read after each step, such as the loss.</param>
    /// <exception cref="SessionException">A name, type or shape is not the model's, or an input is left out.</exception>
    public StatefulSession(OnnxSession session, IReadOnlyList<StatePair> state, IReadOnlyList<TensorSpec> feeds, IReadOnlyList<TensorSpec> fetches)
        : this(session, state, feeds, fetches, session?.Device.Kind == DeviceKind.Cuda)
    {
    }

    // State in memory of ONNX Runtime's own, as on a GPU; tests take that path on the CPU too.
    internal StatefulSession(
        OnnxSession session, IReadOnlyList<StatePair> state, IReadOnlyList<TensorSpec> feeds, IReadOnlyList<TensorSpec> fetches, bool inDeviceMemory)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(feeds);
        ArgumentNullException.ThrowIfNull(fetches);
        _session = session;
        lock (session.Gate)
        {
            InferenceSession native = session.Native;
            _scope = new NativeScope(session.Scope);
            _feeds = new HostTensorSet("feed", _scope);
            _fetches = new HostTensorSet("fetch", _scope);
            try
            {
                session.RequireFits(
                    [.. state.Select(s => new TensorSpec(s.Input, s.Initial.Type, [.. s.Initial.Shape])), .. feeds],
                    [.. state.Select(s => new TensorSpec(s.Output, s.Initial.Type, [.. s.Initial.Shape])), .. fetches]);
                _runOptions = _scope.Own(new RunOptions());
                _deviceMemory = inDeviceMemory ? _scope.Own(new DeviceMemory(session.Device, native)) : null;
                foreach (StatePair pair in state)
                {
                    _states.Add(pair.Input, new State(pair, _scope, _deviceMemory));
                }

                foreach (TensorSpec feed in feeds)
                {
                    _feeds.Add(feed);
                }

                foreach (TensorSpec fetch in fetches)
                {
                    _fetches.Add(fetch);
                }

                _bindings = [_scope.Own(native.CreateIoBinding()), _scope.Own(native.CreateIoBinding())];
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

    /// <summary>Steps made so far.</summary>
    public long Steps { get; private set; }

    /// <summary>A float feed's numbers, to be filled before <see cref="Step"/>; they stay as they are until filled again.</summary>
    /// <param name="name">As bound.</param>
    /// <exception cref="ArgumentException">No such feed, or of another type.</exception>
    public Span<float> Feed(string name) => Feed<float>(name);

    /// <summary>A feed's numbers, to be filled before <see cref="Step"/>; they stay as they are until filled again.</summary>
    /// <typeparam name="T">The type it was bound with.</typeparam>
    /// <param name="name">As bound.</param>
    /// <exception cref="ArgumentException">No such feed, or of another type.</exception>
    public Span<T> Feed<T>(string name)
        where T : unmanaged => _feeds.Values<T>(name);

    /// <summary>Runs the model once and carries the state over.</summary>
    /// <exception cref="SessionException">ONNX Runtime failed; the state is what it was before the step.</exception>
    /// <exception cref="ObjectDisposedException">This or its session was disposed.</exception>
    public void Step()
    {
        lock (_session.Gate)
        {
            ObjectDisposedException.ThrowIf(_scope.IsDisposed, this);
            BoundCall.Run(_session, _bindings[_current], _feeds, _runOptions);
            if (_deviceMemory is not null)
            {
                UnbindWritten();
            }

            _current ^= 1;
            Steps++;
        }

        GC.KeepAlive(this);
    }

    /// <summary>A fetched float scalar of the last step; 0 before the first.</summary>
    /// <param name="name">As bound.</param>
    /// <exception cref="ArgumentException">No such fetch, of another type, or not one number.</exception>
    public float Fetch(string name)
    {
        ReadOnlySpan<float> values = Fetch<float>(name);
        return values.Length == 1 ? values[0] : throw new ArgumentException($"the fetch '{name}' has {values.Length} elements, expected 1");
    }

    /// <summary>A fetch's numbers of the last step; zeros before the first.</summary>
    /// <typeparam name="T">The type it was bound with.</typeparam>
    /// <param name="name">As bound.</param>
    /// <exception cref="ArgumentException">No such fetch, or of another type.</exception>
    public ReadOnlySpan<T> Fetch<T>(string name)
        where T : unmanaged => _fetches.Values<T>(name);

    /// <summary>Copies a state tensor out, as of the last step.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="input">Its name as an input of the graph.</param>
    /// <param name="destination">As many elements as its shape says.</param>
    /// <exception cref="ArgumentException">No such state, of another type, or the lengths differ.</exception>
    public void ReadState<T>(string input, Span<T> destination)
        where T : unmanaged
    {
        lock (_session.Gate)
        {
            State state = Find<T>(input, destination.Length);
            if (_deviceMemory is not null && !state.IsWritten)
            {
                DeviceCopy.Read(_session, _deviceMemory, state.Values[_current], state.Spec, destination);
            }
            else
            {
                state.Host(_current).Values<T>().CopyTo(destination);
            }
        }
    }

    /// <summary>Replaces a state tensor, as when a checkpoint is loaded.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="input">Its name as an input of the graph.</param>
    /// <param name="source">As many elements as its shape says.</param>
    /// <exception cref="ArgumentException">No such state, of another type, or the lengths differ.</exception>
    public void WriteState<T>(string input, ReadOnlySpan<T> source)
        where T : unmanaged
    {
        lock (_session.Gate)
        {
            State state = Find<T>(input, source.Length);
            source.CopyTo(state.Host(_current).Values<T>());
            if (_deviceMemory is not null)
            {
                BindWritten(state);
            }
        }
    }

    /// <summary>Frees state and bindings; the session stays.</summary>
    public void Dispose()
    {
        lock (_session.Gate)
        {
            _scope.Dispose();
        }
    }

    private void Bind()
    {
        for (int set = 0; set < 2; set++)
        {
            OrtIoBinding binding = _bindings[set];
            foreach (State state in _states.Values)
            {
                binding.BindInput(state.Spec.Name, state.Values[set]);
                binding.BindOutput(state.Output, state.Values[set ^ 1]);
            }

            _feeds.BindAsInputs(binding);
            _fetches.BindAsOutputs(binding);
        }

        if (_deviceMemory is not null)
        {
            foreach (State state in _states.Values)
            {
                BindWritten(state);
            }
        }
    }

    /// <summary>The next step reads this state from host memory; binding copies it to the device.</summary>
    private void BindWritten(State state)
    {
        _bindings[_current].BindInput(state.Spec.Name, state.HostValue);
        state.IsWritten = true;
    }

    /// <summary>After the step that read host memory: back to the device's own.</summary>
    private void UnbindWritten()
    {
        foreach (State state in _states.Values)
        {
            if (state.IsWritten)
            {
                _bindings[_current].BindInput(state.Spec.Name, state.Values[_current]);
                state.IsWritten = false;
            }
        }
    }

    private State Find<T>(string input, int length)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_scope.IsDisposed, this);
        if (!_states.TryGetValue(input, out State? state) || state.Spec.Type != ElementTypes.Of<T>())
        {
            throw new ArgumentException($"there is no state '{input}' of {typeof(T).Name}, expected one of {string.Join(", ", _states.Values.Select(s => s.Spec))}");
        }

        DeviceCopy.RequireLength(state.Spec, length);
        return state;
    }

    /// <summary>One state tensor: two values that swap roles, and the host memory that they are or are written through.</summary>
    private sealed class State
    {
        private readonly HostBuffer[] _host;

        public State(StatePair pair, NativeScope scope, DeviceMemory? memory)
        {
            Spec = new TensorSpec(pair.Input, pair.Initial.Type, [.. pair.Initial.Shape]);
            Output = pair.Output;
            _host = [.. Enumerable.Range(0, memory is null ? 2 : 1).Select(_ => new HostBuffer(Spec.Type, Spec.Shape))];
            HostValue = scope.Own(_host[0].NewValue());
            Values = memory is null
                ? [HostValue, scope.Own(_host[1].NewValue())]
                : [scope.Own(memory.Allocate(Spec)), scope.Own(memory.Allocate(Spec))];
            pair.Initial.Bytes().CopyTo(_host[0].Bytes);
        }

        public TensorSpec Spec { get; }

        public string Output { get; }

        public OrtValue[] Values { get; }

        public OrtValue HostValue { get; }

        /// <summary>In device memory: the host buffer holds a newer value, which the next step will read.</summary>
        public bool IsWritten { get; set; }

        /// <summary>The host memory of a set; in device memory there is one for both.</summary>
        public HostBuffer Host(int set) => _host[_host.Length == 2 ? set : 0];
    }
}
