using System.Security.Cryptography;
using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>A trained network or ensemble whose rates another network learns: distillation (Hinton et al. 2015).</summary>
/// <remarks>
/// The teacher sees the training trials with nothing hidden; the student, masked as always, predicts the teacher's rates where it would
/// otherwise predict counts. The Poisson loss then has the same minimum, without the noise of the spikes in its target.
/// </remarks>
public sealed record Teacher
{
    private const string Key = "distilled_from";

    private readonly TrainedNetworks _networks;

    private Teacher(string path, TrainedNetworks networks)
    {
        (Path, _networks) = (path, networks);
        Fingerprints = [.. networks.Paths.Select(file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))))];
    }

    /// <summary>What the user named: a checkpoint, or the folder of a run or an ensemble.</summary>
    public string Path { get; }

    /// <summary>SHA-256 of the teacher's checkpoints.</summary>
    public IReadOnlyList<string> Fingerprints { get; }

    /// <summary>Loads the teacher that a run's options name; null where they name none.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="dataset">The run's data.</param>
    /// <exception cref="CheckpointException">It is none, or is for other units.</exception>
    public static Teacher? Of(TrainOptions options, SpikeDataset dataset)
    {
        if (options.DistilledFrom is not string path)
        {
            return null;
        }

        var networks = TrainedNetworks.Load([path]);
        if (!networks.Members[0].Data.UnitIds.SequenceEqual(dataset.UnitIds))
        {
            throw new CheckpointException(networks.Paths[0], "data", $"is for the units of {networks.Members[0].Data.Path}, expected those of {dataset.Path}");
        }

        ModelOptions teacher = networks.Members[0].Model;
        return teacher.ObservedOf(dataset.Train.Counts) == dataset.Observed
            ? new Teacher(path, networks)
            : throw new CheckpointException(
                networks.Paths[0], "model", $"sees {teacher.CountChannels} units and predicts {teacher.ForwardBins} forward bins, expected {dataset.HeldInUnits} and {dataset.ForwardBins} as {dataset.Path} has it");
    }

    /// <summary>The teacher's rates of the training trials, in spikes per bin: exp of the mean log-rate, nothing hidden.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="split">The training trials.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="threads">Threads; 0 = as many as the job was given.</param>
    public TrialTensor Rates(TrainOptions options, SpikeSplit split, Device device, int threads)
    {
        (TrialTensor LogRates, TrialTensor Rates)[] each = [.. _networks.Members.Select(member =>
        {
            var filling = Filling.Of(options.MaskFill, split.Counts, member.Model.ObservedOf(split.Counts));
            using var inference = new Validation(member.Model.Build(), split, options, filling, device, threads);
            return inference.Predict([NetworkState.Of(member)]);
        })];
        float[] MeanLogRates() => [.. Enumerable.Range(0, split.Counts.Values.Length).Select(i => each.Average(of => of.LogRates.Values[i]))];
        return each.Length == 1
            ? each[0].Rates
            : new TrialTensor(split.Counts.Trials, split.Counts.Bins, split.Counts.Units, Array.ConvertAll(MeanLogRates(), MathF.Exp));
    }

    /// <summary>Adds what a checkpoint says of its teacher: path and fingerprints.</summary>
    /// <param name="entries">The checkpoint's run entries.</param>
    public void AddTo(Dictionary<string, string> entries) => entries.Add(Key, JsonSerializer.Serialize(new Origin(Path, Fingerprints)));

    /// <summary>Refuses to go on with another teacher than the one a run began with.</summary>
    /// <param name="file">The checkpoint resumed from, for messages.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="teacher">The teacher now; null = none.</param>
    /// <exception cref="CheckpointException">It is another.</exception>
    public static void RequireSame(string file, Checkpoint checkpoint, Teacher? teacher)
    {
        Origin? then = checkpoint.Run.TryGetValue(Key, out string? json) ? JsonSerializer.Deserialize<Origin>(json) : null;
        if (!(then?.Fingerprints ?? []).SequenceEqual(teacher?.Fingerprints ?? []))
        {
            throw new CheckpointException(file, Key, $"is {then?.Path ?? "nothing"}, expected the networks of {teacher?.Path ?? "no teacher"} as they are now");
        }
    }

    private sealed record Origin(string Path, IReadOnlyList<string> Fingerprints);
}
