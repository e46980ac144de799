using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Torch;

namespace UnetSpikes.Models.Import;

/// <summary>A network's arrays by name as another program saved them, and what it said beside them.</summary>
/// <param name="Path">The file.</param>
/// <param name="Kind">What it is, in words: "Lightning checkpoint 2.0.0", "PyTorch state_dict", "safetensors".</param>
/// <param name="Arrays">By the names they have in the network itself: wrappers' prefixes are cut off.</param>
/// <param name="Settings">Hyper-parameters, such as <c>ilink</c> or <c>MODEL.NUM_HEADS</c>.</param>
/// <param name="LeftAside">Names of arrays that belong to no part of the network.</param>
public sealed record StateDict(
    string Path, string Kind, IReadOnlyDictionary<string, NamedArray> Arrays, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<string> LeftAside)
{
    /// <summary>Steps of training, where the file says.</summary>
    public long Step { get; init; }

    /// <summary>What <c>torch.optim.swa_utils.AveragedModel</c> counts beside the network.</summary>
    private const string AveragedCount = "n_averaged";

    /// <summary>Where a Lightning module keeps the network among losses and metrics that have arrays of their own.</summary>
    private static readonly string[] NetworkPrefixes = ["net.", "model."];

    /// <summary>Reads a file of PyTorch.</summary>
    /// <param name="path">The file, one that <see cref="TorchFile.IsOne"/>.</param>
    /// <exception cref="CheckpointException">It is damaged, hostile, or of a kind that is not read.</exception>
    public static StateDict OfTorch(string path)
    {
        using var file = TorchFile.Open(path);
        string kind = file.Facts.TryGetValue("pytorch-lightning_version", out string? version) ? $"Lightning checkpoint {version}" : "PyTorch state_dict";
        var arrays = file.Tensors.ToDictionary(
            pair => pair.Key,
            pair => new NamedArray([.. pair.Value.Dims], file.Read(pair.Value), pair.Value.Type.IsInteger()));
        _ = long.TryParse(file.Facts.GetValueOrDefault("global_step"), NumberStyles.None, CultureInfo.InvariantCulture, out long step);
        return Of(path, kind, arrays, file.Settings) with { Step = step };
    }

    /// <summary>Takes in what another tool wrote as safetensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">What is in it.</param>
    public static StateDict OfSafetensors(string path, SafetensorsFile file) => Of(path, "safetensors", file.Arrays, new Dictionary<string, string>());

    /// <summary>Cuts wrappers' prefixes off (Lightning's <c>net.</c>, DataParallel's <c>module.</c>, torch.compile's <c>_orig_mod.</c>): whatever stands before every name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="arrays">Arrays as the file names them.</param>
    /// <param name="settings">Hyper-parameters.</param>
    private static StateDict Of(string path, string kind, IReadOnlyDictionary<string, NamedArray> arrays, IReadOnlyDictionary<string, string> settings)
    {
        var inside = arrays.Where(pair => pair.Key != AveragedCount).ToDictionary();
        while (CommonPrefix(inside.Keys) is { } prefix)
        {
            inside = Below(inside, prefix);
        }

        List<string> leftAside = [];
        if (NetworkPrefixes.FirstOrDefault(prefix => inside.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal))) is { } network)
        {
            leftAside.AddRange(inside.Keys.Where(name => !name.StartsWith(network, StringComparison.Ordinal)));
            return Of(path, kind, Below(inside, network), settings) with { LeftAside = leftAside };
        }

        return new StateDict(path, kind, inside, settings, leftAside);
    }

    /// <summary>The first part of every name with its dot; null where they do not share it. Every network here has several.</summary>
    private static string? CommonPrefix(IReadOnlyCollection<string> names)
    {
        string? first = names.FirstOrDefault();
        int dot = first?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        string? prefix = dot > 0 ? first![..(dot + 1)] : null;
        return prefix is not null && names.All(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length) ? prefix : null;
    }

    private static Dictionary<string, NamedArray> Below(Dictionary<string, NamedArray> arrays, string prefix) => arrays
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value);
}
