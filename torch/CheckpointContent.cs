using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Torch.Pickle;

namespace UnetSpikes.Torch;

/// <summary>What in an unpickled checkpoint is what: its tensors by name, its hyper-parameters.</summary>
/// <param name="Tensors">See <see cref="TorchFile.Tensors"/>.</param>
/// <param name="Others">See <see cref="TorchFile.Others"/>.</param>
/// <param name="Settings">See <see cref="TorchFile.Settings"/>.</param>
/// <param name="Facts">See <see cref="TorchFile.Facts"/>.</param>
internal sealed record CheckpointContent(
    IReadOnlyList<KeyValuePair<string, TorchTensor>> Tensors,
    IReadOnlyList<string> Others,
    IReadOnlyDictionary<string, string> Settings,
    IReadOnlyDictionary<string, string> Facts)
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

        PickleDictionary? inner = Places.Select(place => top[place]).OfType<PickleDictionary>().FirstOrDefault(HasTensors);
        PickleDictionary states = inner ?? (HasTensors(top) ? top : throw new CheckpointException(
            path, "", $"holds no tensors by name but {Few(top.Pairs.Select(pair => pair.Key as string ?? "?"))}, {Expected}"));
        var tensors = new Dictionary<string, TorchTensor>();
        List<string> others = [];
        foreach ((object? key, object? value) in states.Pairs)
        {
            string name = key as string ?? "?";
            if (value is TorchTensor tensor)
            {
                if (name.Any(char.IsControl) || !tensors.TryAdd(name, tensor))
                {
                    throw new CheckpointException(path, Printable.Text(name), "is no name of a tensor, or one given twice");
                }
            }
            else
            {
                others.Add(Printable.Text(name));
            }
        }

        return new CheckpointContent([.. tensors], inner is null ? [] : others, new SettingsWalk().Of(SettingsPlaces.Select(place => top[place])), inner is null ? new Dictionary<string, string>() : PlainOf(top));
    }

    /// <summary>Refuses tensors that together are far larger than their file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its size.</param>
    /// <exception cref="CheckpointException">They are.</exception>
    public void RequireBelievable(string path, long bytes)
    {
        Int128 claimed = Tensors.Aggregate((Int128)0, (sum, pair) => sum + ((Int128)pair.Value.Count * pair.Value.Type.Size()));
        if (claimed > (Int128)bytes * MaxSharing)
        {
            throw new CheckpointException(path, "", $"claims {claimed} bytes of tensors in a file of {bytes}, expected at most {MaxSharing} times as many");
        }
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
