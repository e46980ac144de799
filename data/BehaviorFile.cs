using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>A series recorded beside the spikes, bin by bin: velocity, position, force, latents; trials to fit on and trials held out.</summary>
/// <param name="Train">[trial, bin, column]; NaN = not known.</param>
/// <param name="HeldOut">[trial, bin, column], the same columns.</param>
/// <param name="HeldOutKey">Where in the file that is, such as <c>eval_behavior</c>.</param>
public sealed record BehaviorFile(TrialTensor Train, TrialTensor HeldOut, string HeldOutKey)
{
    /// <summary>The series when none is named.</summary>
    public const string DefaultKey = "behavior";

    /// <summary>What held-out trials are called: by LFADS and NDT, and by the Neural Latents Benchmark.</summary>
    public static IReadOnlyList<string> HeldOutNames { get; } = ["valid", "eval"];

    /// <summary>Reads both halves of a series.</summary>
    /// <param name="path">An HDF5 file with <c>train_KEY</c>, and <c>valid_KEY</c> or <c>eval_KEY</c>, each [trial, bin, column].</param>
    /// <param name="key">KEY.</param>
    /// <exception cref="DataFormatException">The file or a key is missing or malformed, a value is infinite, or the halves have other columns.</exception>
    public static BehaviorFile Read(string path, string key = DefaultKey)
    {
        using Hdf5File file = Hdf5File.OpenRead(path);
        TrialTensor train = ReadHalf(file, "/train_" + key);
        string heldOutKey = HeldOutNames.Select(name => $"{name}_{key}").FirstOrDefault(name => file.HasDataset("/" + name))
            ?? throw new DataFormatException(path, $"/valid_{key}", $"(or eval_{key}) is missing, expected held-out trials [trial, bin, column]");
        TrialTensor heldOut = ReadHalf(file, "/" + heldOutKey);
        return train.Units == heldOut.Units
            ? new BehaviorFile(train, heldOut, heldOutKey)
            : throw file.Dataset("/" + heldOutKey).Error($"has {heldOut.Units} columns, expected the {train.Units} of /train_{key}");
    }

    private static TrialTensor ReadHalf(Hdf5File file, string key)
    {
        TrialTensor values = Shapes.ReadTensor(file.Dataset(key), "[trial, bin, column]");
        if (values.Values.Length == 0)
        {
            throw file.Dataset(key).Error($"has shape {file.Dataset(key).ShapeText}, expected something in every axis");
        }

        int infinite = Array.FindIndex(values.Values, float.IsInfinity);
        return infinite < 0
            ? values
            : throw file.Dataset(key).Error(string.Create(CultureInfo.InvariantCulture, $"has {values.Values[infinite]} at element {infinite}, expected numbers, or NaN where nothing is known"));
    }
}
