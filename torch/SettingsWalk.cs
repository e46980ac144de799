using UnetSpikes.Torch.Pickle;

namespace UnetSpikes.Torch;

/// <summary>Gathers the plain values of nested dictionaries and objects under names with dots.</summary>
/// <remarks>What is named in many places is met in each: a few dictionaries can be an endless tree. Hence the limits.</remarks>
internal sealed class SettingsWalk
{
    private const int MaxNames = 200;

    private readonly Dictionary<string, string> _settings = [];
    private int _left = 100_000;

    /// <summary>The settings in some values, of which only dictionaries and objects have any.</summary>
    /// <param name="values">Where to look.</param>
    public IReadOnlyDictionary<string, string> Of(IEnumerable<object?> values)
    {
        foreach (object? value in values)
        {
            Add("", value);
        }

        return _settings;
    }

    private void Add(string prefix, object? value)
    {
        IEnumerable<KeyValuePair<object?, object?>> pairs = value switch
        {
            PickleDictionary dictionary => dictionary.Pairs,
            PickleObject { Entries.Pairs.Count: > 0 } made => made.Entries.Pairs,
            PickleObject made => made.State?.Pairs ?? [],
            _ => [],
        };
        foreach ((object? key, object? inner) in pairs)
        {
            if (_left-- <= 0)
            {
                return;
            }

            string name = prefix + Printable.Text(key as string ?? "?");
            if (CheckpointContent.Plain(inner) is { } text)
            {
                _settings[name] = text;
            }
            else if (name.Length < MaxNames)
            {
                Add(name + ".", inner);
            }
        }
    }
}
