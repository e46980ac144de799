using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Models.Runs;

/// <summary>A few trials of a training batch: what was recorded, what was hidden, what the network saw.</summary>
/// <param name="Counts">Spikes per bin, [trial, bin, unit].</param>
/// <param name="Mask">1 = hidden from the model and counted in the loss, 0 = visible.</param>
/// <param name="Input">What went into the network.</param>
public sealed record BatchSample(TrialTensor Counts, TrialTensor Mask, TrialTensor Input)
{
    private const int MostTrials = 4;

    /// <summary>Written at every validation: a long recording of many units keeps one trial, not four.</summary>
    private const int MostEntries = 1 << 20;

    /// <summary>Takes the first trials of a batch.</summary>
    /// <param name="counts">All training counts, [trial, bin, unit].</param>
    /// <param name="observed">What of them the network saw; held-out units and forward bins are masked, and 0 in the input.</param>
    /// <param name="trials">The batch's trials among them.</param>
    /// <param name="mask">[batch, bin, unit] of what it saw; true = hidden.</param>
    /// <param name="input">What the network saw, [unit, bin, batch].</param>
    public static BatchSample Of(TrialTensor counts, ObservedPart observed, ReadOnlySpan<int> trials, ReadOnlySpan<bool> mask, ReadOnlySpan<float> input)
    {
        int entries = counts.Bins * counts.Units;
        int kept = Math.Min(trials.Length, Math.Clamp(MostEntries / Math.Max(entries, 1), 1, MostTrials));
        TrialTensor Empty() => new(kept, counts.Bins, counts.Units);
        var sample = new BatchSample(Empty(), Empty(), Empty());
        var seen = new TrialTensor(kept, observed.Bins, observed.Units);
        TrialBatch.Scatter(input, trials.Length, seen, [.. Enumerable.Range(0, kept)]);
        sample.Mask.Values.AsSpan().Fill(1);
        for (int i = 0; i < kept; i++)
        {
            counts.Trial(trials[i]).CopyTo(sample.Counts.Trial(i));
            for (int j = 0; j < observed.Bins * observed.Units; j++)
            {
                (int bin, int unit) = (j / observed.Units, j % observed.Units);
                int from = (i * observed.Bins * observed.Units) + j;
                sample.Mask[i, bin, unit] = mask[from] ? 1 : 0;
                sample.Input[i, bin, unit] = seen.Values[from];
            }
        }

        return sample with { Counts = sample.Counts.WithZerosForGaps() };
    }

    /// <summary>Writes the sample as safetensors, replacing an older one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="step">The update the batch was for.</param>
    public void Write(string path, long step) => Safetensors.Write(
        path,
        [new("counts", Array(Counts)), new("mask", Array(Mask)), new("input", Array(Input))],
        new Dictionary<string, string> { ["format"] = "unet-spikes batch", ["step"] = step.ToString(CultureInfo.InvariantCulture) });

    /// <summary>Reads a sample.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The sample and the update its batch was for; null where there is no file.</returns>
    /// <exception cref="CheckpointException">The file is not such a sample.</exception>
    public static (BatchSample Sample, long Step)? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        SafetensorsFile file = Safetensors.Read(path);
        var sample = new BatchSample(Tensor(file, path, "counts"), Tensor(file, path, "mask"), Tensor(file, path, "input"));
        if (!sample.Mask.HasShapeOf(sample.Counts) || !sample.Input.HasShapeOf(sample.Counts))
        {
            throw new CheckpointException(path, "mask", $"is {sample.Mask} and 'input' {sample.Input}, expected {sample.Counts} as 'counts' is");
        }

        return file.Metadata.TryGetValue("step", out string? text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            ? (sample, step)
            : throw new CheckpointException(path, "step", "is missing from the metadata or no number");
    }

    private static NamedArray Array(TrialTensor tensor) => new([tensor.Trials, tensor.Bins, tensor.Units], tensor.Values, IsInteger: false);

    private static TrialTensor Tensor(SafetensorsFile file, string path, string name) =>
        file.Arrays.TryGetValue(name, out NamedArray? array) && array.Dims is [long trials and <= int.MaxValue, long bins and <= int.MaxValue, long units and <= int.MaxValue]
            ? new TrialTensor((int)trials, (int)bins, (int)units, array.Values)
            : throw new CheckpointException(path, name, "is missing, expected an array [trial, bin, unit]");
}
