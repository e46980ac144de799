using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Data.Configuration;

/// <summary>A configuration: values under dotted keys such as <c>TRAIN.LR.INIT</c>, each remembering where it was written.</summary>
/// <remarks>
/// Kept flat and in the order of writing, so that merging is overwriting key by key. Keys are case-sensitive. Whoever reads it decides
/// which keys mean something, and finds the others by going through <see cref="Keys"/>.
/// </remarks>
public sealed class YamlTree
{
    private readonly Dictionary<string, YamlLeaf> _leaves = [];

    // Each section's first key, which messages name.
    private readonly Dictionary<string, string> _sections = [];

    internal YamlTree()
    {
    }

    /// <summary>A configuration without values.</summary>
    public static YamlTree Empty => new();

    /// <summary>All dotted keys, in the order they were first written.</summary>
    public IEnumerable<string> Keys => _leaves.Keys;

    /// <summary>Whether the key has a value other than null.</summary>
    /// <param name="key">Such as <c>TRAIN.MASK_RATIO</c>.</param>
    public bool Has(string key) => _leaves.TryGetValue(key, out YamlLeaf? leaf) && leaf.Items is not null;

    /// <summary>Where a key was written: "lorenz.yaml:12", or "--set".</summary>
    /// <param name="key">An existing key.</param>
    public string OriginOf(string key) => _leaves[key].Origin;

    /// <summary>A text; null when the key is absent or null.</summary>
    /// <param name="key">Such as <c>DATA.TRAIN_FILENAME</c>.</param>
    /// <exception cref="UsageException">It is a list or a section.</exception>
    public string? GetString(string key)
    {
        if (!_leaves.TryGetValue(key, out YamlLeaf? leaf))
        {
            RequireNoSection(key);
            return null;
        }

        return leaf.IsList ? throw Wrong(key, leaf, "one value") : leaf.Items?[0];
    }

    /// <summary>A number; null when the key is absent or null.</summary>
    /// <param name="key">Such as <c>DATA.LOG_EPSILON</c>.</param>
    /// <exception cref="UsageException">It is not a finite number.</exception>
    public double? GetDouble(string key) => GetString(key) switch
    {
        null => null,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) => value,
        _ => throw Wrong(key, _leaves[key], "a number"),
    };

    /// <summary>A whole number; null when the key is absent or null.</summary>
    /// <param name="key">Such as <c>TRAIN.BATCH_SIZE</c>.</param>
    /// <exception cref="UsageException">It is not a whole number of 32 bits.</exception>
    public int? GetInt32(string key) => GetDouble(key) switch
    {
        null => null,
        double value when value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue => (int)value,
        _ => throw Wrong(key, _leaves[key], "a whole number"),
    };

    /// <summary>True or false, as YAML 1.1 and Python spell them (true, True, yes, on, …); null when the key is absent or null.</summary>
    /// <param name="key">Such as <c>DATA.OVERFIT_TEST</c>.</param>
    /// <exception cref="UsageException">It is neither.</exception>
    public bool? GetBoolean(string key) => GetString(key)?.ToUpperInvariant() switch
    {
        null => null,
        "TRUE" or "YES" or "ON" => true,
        "FALSE" or "NO" or "OFF" => false,
        _ => throw Wrong(key, _leaves[key], "true or false"),
    };

    /// <summary>A list of texts (a single value counts as a list of one); null when the key is absent or null.</summary>
    /// <param name="key">An existing key or none.</param>
    public IReadOnlyList<string>? GetList(string key) => _leaves.TryGetValue(key, out YamlLeaf? leaf) ? leaf.Items : null;

    /// <summary>An error about a key, naming where it was written; for values of the right type that cannot be.</summary>
    /// <param name="key">An existing key.</param>
    /// <param name="problem">What is wrong and what was expected.</param>
    public UsageException Error(string key, string problem) =>
        new(key, _leaves.TryGetValue(key, out YamlLeaf? leaf) ? $"{problem} ({leaf.Origin})" : problem);

    /// <summary>The other's values over this one's: sections are merged, values and lists replaced.</summary>
    /// <param name="other">What goes first.</param>
    /// <returns>A new configuration.</returns>
    /// <exception cref="UsageException">A key is a value here and a section there.</exception>
    public YamlTree MergedWith(YamlTree other)
    {
        var merged = new YamlTree();
        foreach ((string key, YamlLeaf leaf) in _leaves.Concat(other._leaves))
        {
            merged.Set(key, leaf);
        }

        return merged;
    }

    /// <summary>The configuration as YAML that reads back to the same values.</summary>
    public string ToYaml() => YamlText.Write(_leaves);

    /// <summary>Number of keys.</summary>
    internal int Count => _leaves.Count;

    /// <summary>Adds or replaces a value.</summary>
    internal void Set(string key, YamlLeaf leaf)
    {
        if (_sections.TryGetValue(key, out string? inside))
        {
            if (leaf.Items is null)
            {
                return; // "DATA:" with nothing under it: an empty section over a full one.
            }

            throw Wrong(key, leaf, $"a section, because {_leaves[inside].Origin} has {inside}");
        }

        for (int dot = key.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = key.IndexOf('.', dot + 1))
        {
            string section = key[..dot];
            if (_leaves.TryGetValue(section, out YamlLeaf? value) && value.Items is not null)
            {
                throw Wrong(section, value, $"a section, because {leaf.Origin} has {key}");
            }

            _leaves.Remove(section);
            _sections.TryAdd(section, key);
        }

        _leaves[key] = leaf;
    }

    private void RequireNoSection(string key)
    {
        if (_sections.TryGetValue(key, out string? inner))
        {
            throw new UsageException(key, $"is a section with {inner}, expected one value ({_leaves[inner].Origin})");
        }
    }

    private static UsageException Wrong(string key, YamlLeaf leaf, string expected)
    {
        string found = leaf.Items is null ? "null" : leaf.IsList ? "[" + string.Join(", ", leaf.Items) + "]" : $"\"{leaf.Items[0]}\"";
        return new UsageException(key, $"is {found}, expected {expected} ({leaf.Origin})");
    }
}
