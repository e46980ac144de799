using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Models.Import;
using UnetSpikes.Models.Runs;
using UnetSpikes.Torch;

namespace UnetSpikes.Models;

/// <summary>A trained network, or several for the same units whose log-rates are averaged: an ensemble.</summary>
/// <param name="Paths">The checkpoints' files.</param>
/// <param name="Members">The checkpoints, at least one.</param>
public sealed record TrainedNetworks(IReadOnlyList<string> Paths, IReadOnlyList<Checkpoint> Members)
{
    /// <summary>The name of a run folder's checkpoint with the kept weights.</summary>
    public const string Kept = "best.safetensors";

    /// <summary>Whether there are several.</summary>
    public bool IsEnsemble => Members.Count > 1;

    /// <summary>Loads what the paths name.</summary>
    /// <param name="paths">Each a checkpoint, the folder of a run, or the folder of an ensemble of runs.</param>
    /// <param name="import">Makes a checkpoint of what another program saved; null where only ours are taken.</param>
    /// <exception cref="CheckpointException">A folder without checkpoints, a file that is none, or networks of different data or for trials of different lengths.</exception>
    public static TrainedNetworks Load(IEnumerable<string> paths, Func<StateDict, Checkpoint>? import = null)
    {
        string[] files = [.. paths.SelectMany(Files)];
        Checkpoint[] members = [.. files.Select(file => import is null ? Checkpoint.Load(file) : Read(file, import))];
        for (int i = 1; i < members.Length; i++)
        {
            TrainingData first = members[0].Data, other = members[i].Data;
            if ((members[0].Model.HeldIn, members[0].Model.ForwardBins) != (members[i].Model.HeldIn, members[i].Model.ForwardBins))
            {
                throw new CheckpointException(
                    files[i], "model", $"has {members[i].Model.ForwardBins} forward bins and sees {members[i].Model.CountChannels} units, expected {members[0].Model.ForwardBins} and {members[0].Model.CountChannels} as {files[0]}, with which it is to be averaged");
            }

            if (first.Fingerprint != other.Fingerprint || !first.UnitIds.SequenceEqual(other.UnitIds) || first.BinWidthMs != other.BinWidthMs)
            {
                throw new CheckpointException(files[i], "data", $"is {other.Path}, expected the units and counts of {files[0]} ({first.Path}), with which it is to be averaged");
            }
        }

        RequireOneTrialLength(files, members);
        return new TrainedNetworks(files, members);
    }

    /// <summary>The folder of an ensemble's member.</summary>
    /// <param name="folder">The ensemble's.</param>
    /// <param name="number">From 1.</param>
    public static string MemberFolder(string folder, int number) => Path.Combine(folder, $"member-{number.ToString(System.Globalization.CultureInfo.InvariantCulture)}");

    private static Checkpoint Read(string path, Func<StateDict, Checkpoint> import)
    {
        if (TorchFile.IsOne(path))
        {
            return import(StateDict.OfTorch(path));
        }

        SafetensorsFile file = Safetensors.Read(path);
        return Checkpoint.IsOne(file) ? Checkpoint.Of(path, file) : import(StateDict.OfSafetensors(path, file));
    }

    private static void RequireOneTrialLength(string[] files, Checkpoint[] members)
    {
        int?[] lengths = Array.ConvertAll(members, member => member.Model.Build().TrialBins);
        int first = Array.FindIndex(lengths, bins => bins is not null);
        int other = Array.FindIndex(lengths, bins => bins is not null && bins != lengths[first]);
        if (other >= 0)
        {
            throw new CheckpointException(files[other], "model", $"is for trials of {lengths[other]} bins, expected the {lengths[first]} of {files[first]}, with which it is to be averaged");
        }
    }

    private static IEnumerable<string> Files(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        string own = Path.Combine(path, Kept);
        string[] members = [.. Enumerable.Range(1, FinishedMembers(path) ?? int.MaxValue).Select(number => Path.Combine(MemberFolder(path, number), Kept)).TakeWhile(File.Exists)];
        return members.Length > 0 ? members
            : File.Exists(own) ? [own]
            : throw new CheckpointException(path, "", $"is a folder with neither {Kept} nor {Path.Combine(MemberFolder("", 1), Kept)}, expected a run or an ensemble of runs");
    }

    /// <summary>How many members an ensemble's scores are of; null before it was scored. One more may have been begun since.</summary>
    private static int? FinishedMembers(string path)
    {
        string result = new RunFiles(path).Result;
        try
        {
            using JsonDocument? scores = File.Exists(result) ? JsonDocument.Parse(File.ReadAllText(result)) : null;
            return scores?.RootElement.TryGetProperty("members", out JsonElement members) == true ? members.GetArrayLength() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointException(result, "members", "cannot be read, expected the JSON object that 'train --ensemble' writes", e);
        }
    }
}
