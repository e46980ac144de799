using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>A series recorded beside the spikes, bin by bin: velocity, position, force, latents; trials to fit on and trials held out.</summary>
/// <param name="Train">[trial, bin, column]; NaN = not known.</param>
/// <param name="HeldOut">[trial, bin, column], the same columns.</param>
/// <param name="TrainPath">Where in the file the first is, such as <c>/mc_maze/train_behavior</c>.</param>
/// <param name="HeldOutPath">Where in the file the second is, such as <c>/mc_maze/eval_behavior</c>.</param>
public sealed record BehaviorFile(TrialTensor Train, TrialTensor HeldOut, string TrainPath, string HeldOutPath)
{
    /// <summary>The series when none is named.</summary>
    public const string DefaultKey = "behavior";

    /// <summary>What held-out trials are called: by LFADS and NDT, and by the Neural Latents Benchmark.</summary>
    public static IReadOnlyList<string> HeldOutNames { get; } = ["valid", "eval"];

    /// <summary>Reads both halves of a series.</summary>
    /// <param name="path">An HDF5 file with <c>train_KEY</c>, and <c>valid_KEY</c> or <c>eval_KEY</c>, each [trial, bin, column].</param>
    /// <param name="key">KEY, or GROUP/KEY for <c>/GROUP/train_KEY</c> and so on.</param>
    /// <exception cref="DataFormatException">The file or a key is missing or malformed, a value is infinite, or the halves have other columns.</exception>
    public static BehaviorFile Read(string path, string key = DefaultKey)
    {
        int slash = key.LastIndexOf('/');
        string group = "/" + key[..(slash + 1)].TrimStart('/'), name = key[(slash + 1)..];
        (string trainPath, string[] heldOutPaths) = ($"{group}train_{name}", [.. HeldOutNames.Select(half => $"{group}{half}_{name}")]);
        using Hdf5File file = Hdf5File.OpenRead(path);
        TrialTensor train = ReadHalf(file, trainPath);
        string heldOutPath = Array.Find(heldOutPaths, file.HasDataset)
            ?? throw new DataFormatException(path, string.Join(" or ", heldOutPaths), "is missing, expected held-out trials [trial, bin, column]");
        TrialTensor heldOut = ReadHalf(file, heldOutPath);
        return train.Units == heldOut.Units
            ? new BehaviorFile(train, heldOut, trainPath, heldOutPath)
            : throw file.Dataset(heldOutPath).Error($"has {heldOut.Units} columns, expected the {train.Units} of {trainPath}");
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
