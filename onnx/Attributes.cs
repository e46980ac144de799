using System.Collections;

namespace UnetSpikes.Onnx;

/// <summary>A node's attributes by name, in the order given. A collection initializer reads like the ONNX text format.</summary>
/// <remarks>Values are <c>long</c>, <c>float</c>, <c>string</c>, <c>long[]</c>, <c>float[]</c>, <c>Tensor</c> or <c>Graph</c> (a branch of If).</remarks>
public sealed class Attributes : IEnumerable<KeyValuePair<string, object>>
{
    private readonly List<KeyValuePair<string, object>> _items = [];

    /// <summary>No attributes.</summary>
    public static Attributes None { get; } = [];

    /// <summary>Adds an attribute; for the collection initializer and readers, before the node exists.</summary>
    /// <param name="name">As the operator's specification spells it.</param>
    /// <param name="value">One of the supported types; <c>int</c> becomes <c>long</c>, <c>double</c> becomes <c>float</c>.</param>
    public void Add(string name, object value) => _items.Add(new(name, value switch
    {
        int i => (long)i,
        bool b => b ? 1L : 0L,
        double d => (float)d,
        long or float or string or long[] or float[] or Tensor or Graph => value,
        _ => throw new ArgumentException($"an attribute cannot be a {value.GetType().Name}", nameof(value)),
    }));

    /// <summary>Whether the attribute is given.</summary>
    /// <param name="name">Its name.</param>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>An integer attribute.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fallback">The specification's default.</param>
    public long Int(string name, long fallback) => Find(name) is long v ? v : fallback;

    /// <summary>A floating-point attribute.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fallback">The specification's default.</param>
    public float Float(string name, float fallback) => Find(name) is float v ? v : fallback;

    /// <summary>A string attribute.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fallback">The specification's default.</param>
    public string String(string name, string fallback) => Find(name) as string ?? fallback;

    /// <summary>A list of integers, or null when the attribute is not given.</summary>
    /// <param name="name">Its name.</param>
    public long[]? Ints(string name) => Find(name) as long[];

    /// <summary>A branch of a control-flow operator, or null when the attribute is not given.</summary>
    /// <param name="name">Its name.</param>
    public Graph? Branch(string name) => Find(name) as Graph;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();

    private object? Find(string name)
    {
        foreach (KeyValuePair<string, object> item in _items)
        {
            if (item.Key == name)
            {
                return item.Value;
            }
        }

        return null;
    }
}
