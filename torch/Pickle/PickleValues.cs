namespace UnetSpikes.Torch.Pickle;

// What a pickle is read into: null, bool, long, double, string, byte[], TorchTensor, TorchStorage, and the types below. None of them can do anything.

/// <summary>A name of Python, such as <c>collections.OrderedDict</c>: not the thing it names.</summary>
/// <param name="Text">Module and name with a dot between.</param>
internal sealed record PickleName(string Text);

/// <summary>A value made of values. Knows how much it stands for, so that what expands without bound is refused while it is built.</summary>
internal abstract class PickleContainer
{
    /// <summary>Values in it and in all that is in it, itself included.</summary>
    public long Size { get; private set; } = 1;

    /// <summary>Containers within each other, itself included.</summary>
    public int Depth { get; private set; } = 1;

    /// <summary>Takes note of a value that is put in.</summary>
    protected void Contains(object? value)
    {
        (long size, int depth) = value is PickleContainer inner ? (inner.Size, inner.Depth) : (1, 0);
        Size += size;
        Depth = Math.Max(Depth, depth + 1);
    }
}

/// <summary>A list, a tuple or a set.</summary>
internal sealed class PickleSequence : PickleContainer
{
    private readonly List<object?> _items = [];

    public PickleSequence(ReadOnlySpan<object?> items) => Add(items);

    public IReadOnlyList<object?> Items => _items;

    public void Add(ReadOnlySpan<object?> items)
    {
        foreach (object? item in items)
        {
            Contains(item);
            _items.Add(item);
        }
    }
}

/// <summary>A dictionary in its order; of several values of one key the last counts.</summary>
internal sealed class PickleDictionary : PickleContainer
{
    private readonly List<KeyValuePair<object?, object?>> _pairs = [];

    public IReadOnlyList<KeyValuePair<object?, object?>> Pairs => _pairs;

    public object? this[string key] => _pairs.LastOrDefault(pair => pair.Key is string text && text == key).Value;

    public void Set(object? key, object? value)
    {
        Contains(key);
        Contains(value);
        _pairs.Add(new(key, value));
    }
}

/// <summary>In place of an object of a class that is known to belong into checkpoints: what it was to be made of, never the object.</summary>
/// <param name="class">Module and name of its class, or of the function that was to make it.</param>
internal sealed class PickleObject(string @class) : PickleContainer
{
    public string Class { get; } = @class;

    /// <summary>Its items, where the class is a kind of dictionary.</summary>
    public PickleDictionary Entries { get; } = new();

    /// <summary>Its attributes, where it has any.</summary>
    public PickleDictionary? State { get; private set; }

    public void Hold(object? value) => Contains(value);

    public void Set(object? key, object? value)
    {
        Entries.Set(key, value);
        Contains(value);
    }

    public void SetState(object? state)
    {
        Contains(state);
        State = state as PickleDictionary ?? State;
    }
}
