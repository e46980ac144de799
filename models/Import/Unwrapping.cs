namespace UnetSpikes.Models.Import;

/// <summary>Finds the network in the names that programs' wrappers around it make.</summary>
/// <remarks>
/// What stands before every name is cut off: Lightning's <c>net.</c>, DataParallel's <c>module.</c>, torch.compile's <c>_orig_mod.</c>. Averages that lie among the same names
/// are set apart, and so is what a Lightning module has beside its network.
/// </remarks>
internal static class Unwrapping
{
    /// <summary>What <c>torch.optim.swa_utils.AveragedModel</c> counts beside the network, which is its <c>module.</c>.</summary>
    public const string AveragedCount = "n_averaged";

    /// <summary>Where a Lightning module keeps the network among losses and metrics that have arrays of their own.</summary>
    private static readonly string[] NetworkPrefixes = ["net.", "model."];

    /// <summary>Unwraps.</summary>
    /// <param name="state">With arrays as the file names them.</param>
    public static StateDict Of(StateDict state)
    {
        var inside = state.Arrays.ToDictionary();
        while (true)
        {
            if (inside.Remove(AveragedCount, out NamedArray? count))
            {
                state = state with { Weights = state.Weights == WeightsKind.Raw ? WeightsKind.Average : state.Weights, Averaged = count.Values.FirstOrDefault() };
            }

            if (CommonPrefix(inside.Keys) is not { } prefix)
            {
                break;
            }

            state = state with { Weights = WeightsNames.Average(prefix) ?? state.Weights };
            inside = Below(inside, prefix);
        }

        string[] averagePrefixes = AveragePrefixes(inside.Keys);
        StateDict[] averages =
        [
            .. from prefix in averagePrefixes
               from one in Of(state with { Arrays = Below(inside, prefix), Weights = WeightsNames.Average(prefix)!.Value, Place = prefix }).All
               select one with { Beside = [] },
        ];
        if (averages.Length > 0)
        {
            var rest = inside.Where(pair => !averagePrefixes.Contains(FirstPart(pair.Key) ?? "")).ToDictionary();
            StateDict first = rest.Count == 0 ? averages[0] : Of(state with { Arrays = rest });
            return first with { Beside = [.. first.Beside, .. rest.Count == 0 ? averages[1..] : averages] };
        }

        if (NetworkPrefixes.FirstOrDefault(prefix => inside.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal))) is { } network)
        {
            string[] leftAside = [.. inside.Keys.Where(name => !name.StartsWith(network, StringComparison.Ordinal))];
            return Of(state with { Arrays = Below(inside, network) }) with { LeftAside = leftAside };
        }

        return state with { Arrays = inside };
    }

    /// <summary>What stands before averages: its name says so, and below it are arrays of a network that the other names have too.</summary>
    private static string[] AveragePrefixes(IReadOnlyCollection<string> names)
    {
        ILookup<string?, string> byPrefix = names.ToLookup(FirstPart);
        string[] named = [.. byPrefix.Select(group => group.Key).OfType<string>().Where(prefix => WeightsNames.Average(prefix) is not null)];
        HashSet<string> others = [.. byPrefix.Where(group => group.Key is not { } prefix || !named.Contains(prefix)).SelectMany(group => group).Select(LastParts)];
        return [.. named.Where(prefix => others.Count == 0 || byPrefix[prefix].Any(name => others.Contains(LastParts(name[prefix.Length..]))))];
    }

    /// <summary>A layer's array without what may be wrapped round the layer: "bn1.weight".</summary>
    private static string LastParts(string name)
    {
        int last = name.LastIndexOf('.');
        return last < 1 ? name : name[(name.LastIndexOf('.', last - 1) + 1)..];
    }

    /// <summary>The first part of every name with its dot; null where they do not share it. Every network here has several.</summary>
    private static string? CommonPrefix(IReadOnlyCollection<string> names) =>
        names.FirstOrDefault() is { } first && FirstPart(first) is { } prefix && names.All(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length) ? prefix : null;

    /// <summary>Up to the first dot and with it; null where nothing stands before a dot.</summary>
    private static string? FirstPart(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 ? name[..(dot + 1)] : null;
    }

    private static Dictionary<string, NamedArray> Below(Dictionary<string, NamedArray> arrays, string prefix) => arrays
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value);
}
