using Microsoft.ML.OnnxRuntime;

namespace UnetSpikes.Runtime;

/// <summary>Named host buffers with the values over them: the feeds of a run, or its fetches.</summary>
/// <param name="kind">"feed" or "fetch", for messages.</param>
/// <param name="scope">Owns the values.</param>
internal sealed class HostTensorSet(string kind, NativeScope scope)
{
    private readonly Dictionary<string, (HostBuffer Buffer, OrtValue Value)> _entries = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _entries.Keys;

    public void Add(TensorSpec spec)
    {
        var buffer = new HostBuffer(spec.Type, [.. spec.Shape]);
        _entries.Add(spec.Name, (buffer, scope.Own(buffer.NewValue())));
    }

    /// <summary>The numbers of one tensor, in place.</summary>
    /// <exception cref="ArgumentException">No such tensor, or of another type: a mistake of the caller.</exception>
    /// <exception cref="ObjectDisposedException">The owner was disposed.</exception>
    public Span<T> Values<T>(string name)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(scope.IsDisposed, this);
        if (!_entries.TryGetValue(name, out (HostBuffer Buffer, OrtValue Value) entry))
        {
            throw new ArgumentException($"there is no {kind} '{name}', expected one of {string.Join(", ", _entries.Keys)}");
        }

        return entry.Buffer.Type == ElementTypes.Of<T>()
            ? entry.Buffer.Values<T>()
            : throw new ArgumentException($"the {kind} '{name}' is {entry.Buffer.Type}, not {typeof(T).Name}");
    }

    public void BindAsInputs(OrtIoBinding binding)
    {
        foreach ((string name, (_, OrtValue value)) in _entries)
        {
            binding.BindInput(name, value);
        }
    }

    public void BindAsOutputs(OrtIoBinding binding)
    {
        foreach ((string name, (_, OrtValue value)) in _entries)
        {
            binding.BindOutput(name, value);
        }
    }
}
