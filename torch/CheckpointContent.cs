using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Torch.Pickle;

namespace UnetSpikes.Torch;

/// <summary>What in an unpickled checkpoint is what: its tensors by name, its hyper-parameters.</summary>
/// <param name="States">See <see cref="TorchFile.States"/>.</param>
/// <param name="Settings">See <see cref="TorchFile.Settings"/>.</param>
internal sealed record CheckpointContent(IReadOnlyList<TorchState> States, IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>Tied weights are views of one storage, twice or thrice; a file in which every tensor is a view of all there is would ask for any amount of memory.</summary>
    private const int MaxSharing = 16;

    /// <summary>Where people keep the state_dict: Lightning and most; PyTorch's tutorials.</summary>
    private static readonly string[] Places = ["state_dict", "model_state_dict", "model"];

    /// <summary>Where people keep hyper-parameters: Lightning; NDT.</summary>
    private static readonly string[] SettingsPlaces = ["hyper_parameters", "config"];

    /// <summary>Finds them.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="root">What its pickle describes.</param>
    /// <exception cref="CheckpointException">There are no tensors by name in it.</exception>
    public static CheckpointContent Of(string path, object? root)
    {
        const string Expected = "expected torch.save(model.state_dict(), FILE), a dictionary with a state_dict, or a Lightning checkpoint";
        if (root is not PickleDictionary top)
        {
            throw new CheckpointException(path, "", $"holds no tensors by name, {Expected}");
        }

        string? place = Places.FirstOrDefault(name => top[name] is PickleDictionary states && HasTensors(states));
        if (place is null && !HasTensors(top))
        {
            throw new CheckpointException(path, "", $"holds no tensors by name but {Few(top.Pairs.Select(pair => pair.Key as string ?? "?"))}, {Expected}");
        }

        var network = place is null ? top : (PickleDictionary)top[place]!;
        if (Tensors(network) is not { } tensors)
        {
            throw new CheckpointException(path, place ?? "", "has a tensor whose name is none, or two of one name");
        }

        Dictionary<string, string> facts = PlainOf(top);
        var state = place is null ? new TorchState("", tensors, new Dictionary<string, string>()) : new TorchState(place, tensors, facts);
        HashSet<PickleDictionary> seen = new(ReferenceEqualityComparer.Instance) { network };
        return new CheckpointContent([state, .. StatesIn(top, "", facts, seen), .. OfCallbacks(top, seen)], new SettingsWalk().Of(SettingsPlaces.Select(name => top[name])));
    }

    /// <summary>Refuses tensors that together are far larger than their file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its size.</param>
    /// <exception cref="CheckpointException">They are.</exception>
    public void RequireBelievable(string path, long bytes)
    {
        Int128 claimed = States.SelectMany(state => state.Tensors).Aggregate((Int128)0, (sum, pair) => sum + ((Int128)pair.Value.Count * pair.Value.Type.Size()));
        if (claimed > (Int128)bytes * MaxSharing)
        {
            throw new CheckpointException(path, "", $"claims {claimed} bytes of tensors in a file of {bytes}, expected at most {MaxSharing} times as many");
        }
    }

    /// <summary>State_dicts that Lightning's callbacks keep: <c>callbacks</c> is a dictionary of dictionaries.</summary>
    private static IEnumerable<TorchState> OfCallbacks(PickleDictionary top, HashSet<PickleDictionary> seen)
    {
        foreach ((object? key, object? value) in (top["callbacks"] as PickleDictionary)?.Pairs ?? [])
        {
            if (key is string name && value is PickleDictionary callback && seen.Add(callback))
            {
                foreach (TorchState state in StatesIn(callback, $"callbacks.{name}.", PlainOf(callback), seen))
                {
                    yield return state;
                }
            }
        }
    }

    /// <summary>Dictionaries of tensors directly within a dictionary.</summary>
    /// <param name="within">The dictionary.</param>
    /// <param name="place">What stands before their names.</param>
    /// <param name="facts">The plain values in it.</param>
    /// <param name="seen">Those that were looked into: a pickle may name one any number of times.</param>
    private static IEnumerable<TorchState> StatesIn(PickleDictionary within, string place, Dictionary<string, string> facts, HashSet<PickleDictionary> seen)
    {
        foreach ((object? key, object? value) in within.Pairs)
        {
            if (key is string name && value is PickleDictionary states && seen.Add(states) && Tensors(states) is { Count: > 0 } tensors)
            {
                yield return new TorchState(Printable.Text(place + name), tensors, facts);
            }
        }
    }

    /// <summary>The tensors of a state_dict; null where one has no proper name, or two have the same.</summary>
    private static List<KeyValuePair<string, TorchTensor>>? Tensors(PickleDictionary states)
    {
        List<KeyValuePair<string, TorchTensor>> tensors = [];
        HashSet<string> names = [];
        foreach ((object? key, object? value) in states.Pairs)
        {
            if (value is TorchTensor tensor)
            {
                if (key is not string name || name.Any(char.IsControl) || !names.Add(name))
                {
                    return null;
                }

                tensors.Add(new(name, tensor));
            }
        }

        return tensors;
    }

    private static bool HasTensors(PickleDictionary dictionary) => dictionary.Pairs.Any(pair => pair.Value is TorchTensor);

    private static Dictionary<string, string> PlainOf(PickleDictionary top)
    {
        var plain = new Dictionary<string, string>();
        foreach ((object? key, object? value) in top.Pairs)
        {
            if (key is string name && Plain(value) is { } text)
            {
                plain[Printable.Text(name)] = text;
            }
        }

        return plain;
    }

    internal static string? Plain(object? value) => value switch
    {
        string text => Printable.Text(text),
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => null,
    };

    private static string Few(IEnumerable<string> names) => string.Join(", ", names.Take(5).Select(name => $"'{Printable.Text(name)}'"));
}
