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

    /// <summary>Which weights they are.</summary>
    public WeightsKind Weights { get; init; }

    /// <summary>Where in the file they are: the name of a state_dict, or what stands before their names in it; "" where the file is nothing else.</summary>
    public string Place { get; init; } = "";

    /// <summary>Of how many weights an average is, as <c>n_averaged</c> counts them; null where the file does not say.</summary>
    public double? Averaged { get; init; }

    /// <summary>The other weights of the same network in the file: averages beside the newest, or the newest beside an average.</summary>
    public IReadOnlyList<StateDict> Beside { get; init; } = [];

    /// <summary>All weights in the file, these first.</summary>
    public IEnumerable<StateDict> All => [this, .. Beside];

    /// <summary>"ema weights ('state_dict_ema')".</summary>
    public string WeightsInWords
    {
        get
        {
            string kind = Weights == WeightsKind.Average ? "averaged" : Weights.ToString().ToLowerInvariant();
            return $"{kind} weights{(Averaged == 0 ? " of nothing yet" : "")}{(Place.Length == 0 ? "" : $" ({Names.Quoted(Place)})")}";
        }
    }

    /// <summary>Reads a file of PyTorch.</summary>
    /// <param name="path">The file, one that <see cref="TorchFile.IsOne"/>.</param>
    /// <exception cref="CheckpointException">It is damaged, hostile, or of a kind that is not read.</exception>
    public static StateDict OfTorch(string path)
    {
        using var file = TorchFile.Open(path);
        string kind = file.Facts.TryGetValue("pytorch-lightning_version", out string? version) ? $"Lightning checkpoint {version}" : "PyTorch state_dict";
        _ = long.TryParse(file.Facts.GetValueOrDefault("global_step"), NumberStyles.None, CultureInfo.InvariantCulture, out long step);
        bool isAverage = file.States.Any(state => state.Place == WeightsNames.Newest);
        StateDict network = Of(file.States[0], isAverage ? WeightsKind.Average : WeightsKind.Raw);
        if (isAverage && file.States.FirstOrDefault(state => state.Place == WeightsNames.Averaging) is { } averaging)
        {
            network = network with { Averaged = Of(averaging, WeightsKind.Average).Averaged };
        }

        IEnumerable<StateDict> others =
            from state in file.States.Skip(1)
            let weights = state.Place == WeightsNames.Newest ? WeightsKind.Raw : WeightsNames.Average(state.Place)
            where weights is not null
            from one in Of(state, weights.Value).All
            select one with { Beside = [] };
        return network with { Beside = [.. network.Beside, .. others] };

        StateDict Of(TorchState state, WeightsKind weights)
        {
            var arrays = state.Tensors.ToDictionary(
                pair => pair.Key,
                pair => new NamedArray([.. pair.Value.Dims], file.Read(pair.Value), pair.Value.Type.IsInteger()));
            return Unwrapping.Of(new StateDict(path, kind, arrays, file.Settings, [])
            {
                Step = step,
                Weights = weights,
                Place = state.Place,
                Averaged = weights != WeightsKind.Raw && double.TryParse(state.Facts.GetValueOrDefault(Unwrapping.AveragedCount), CultureInfo.InvariantCulture, out double count) ? count : null,
            });
        }
    }

    /// <summary>Takes in what another tool wrote as safetensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">What is in it.</param>
    public static StateDict OfSafetensors(string path, SafetensorsFile file) => Unwrapping.Of(new(path, "safetensors", file.Arrays, new Dictionary<string, string>(), []));
}
