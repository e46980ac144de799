using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Nlb.Scores;

namespace UnetSpikes.Nlb.Prep;

/// <summary>The file <c>prep</c> writes: train and evaluation input at its root, what scores are computed against in the data set's group; nlb_tools' keys.</summary>
/// <remarks>
/// Counts are float32, which is exact; behaviour and averages float64, as nlb_tools computes them, or float32, as it saves them. Attributes of the root say
/// <c>dataset</c>, <c>bin_ms</c> and <c>phase</c>; <c>/unit_ids</c> names held-in, then held-out units.
/// </remarks>
public static class TensorFile
{
    private const int GzipLevel = 4;

    /// <summary>Writes a file; it appears whole or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="dataset">Whose tensors.</param>
    /// <param name="phase">What they are for.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="isSingle">Whether behaviour and averages become float32.</param>
    /// <returns>Key and shape of everything written.</returns>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static IReadOnlyList<(string Key, string Shape)> Write(string path, NlbDataset dataset, NlbPhase phase, SessionTensors tensors, bool isSingle)
    {
        var written = new List<(string Key, string Shape)>();
        using var pending = new PendingFile(path);
        using (Hdf5File file = Hdf5File.Create(pending.TemporaryPath))
        {
            file.WriteAttribute("/", "dataset", dataset.Name);
            file.WriteAttribute("/", "bin_ms", dataset.BinWidthMs);
            file.WriteAttribute("/", "phase", phase.ToString().ToLowerInvariant());
            file.WriteStrings("/unit_ids", [.. tensors.HeldInIds, .. tensors.HeldOutIds]);
            Write(file, "", tensors.TrainInput(), isSingle, written);
            Write(file, "", tensors.EvalInput(), isSingle, written);
            if (phase == NlbPhase.Val)
            {
                Write(file, "/" + dataset.Group, tensors.Target(), isSingle, written);
            }

            file.Flush();
        }

        pending.Commit();
        return written;
    }

    private static void Write(Hdf5File file, string group, TensorSet set, bool isSingle, List<(string Key, string Shape)> written)
    {
        foreach ((string key, TrialArray counts) in set.Counts)
        {
            written.Add((group + "/" + key, WriteNumbers(file, group + "/" + key, counts, isSingle: true)));
        }

        foreach ((string key, TrialArray numbers) in set.Numbers)
        {
            written.Add((group + "/" + key, WriteNumbers(file, group + "/" + key, numbers, isSingle)));
        }

        foreach ((string key, bool[][] rows) in set.Tables)
        {
            int width = rows.Length == 0 ? 0 : rows[0].Length;
            Hdf5Storage storage = Hdf5Storage.Compressed([rows.Length, width], 1, GzipLevel) with { IsShuffled = false };
            file.WriteBooleans(group + "/" + key, [rows.Length, width], [.. rows.SelectMany(row => row)], storage);
            written.Add((group + "/" + key, $"({rows.Length}, {width})"));
        }

        foreach ((string key, int[][] lists) in set.Lists)
        {
            bool isPlain = key.EndsWith("_jitter", StringComparison.Ordinal);
            if (isPlain)
            {
                file.Write<int>(group + "/" + key, [lists[0].Length], lists[0]);
            }
            else
            {
                file.WriteRaggedIntegers(group + "/" + key, lists);
            }

            written.Add((group + "/" + key, string.Create(CultureInfo.InvariantCulture, $"({(isPlain ? lists[0].Length : lists.Length)},)")));
        }
    }

    /// <summary>Columns of the trial table are one row a trial: their axis of bins is not written.</summary>
    private static string WriteNumbers(Hdf5File file, string key, TrialArray array, bool isSingle)
    {
        bool isTable = key.EndsWith("_behavior", StringComparison.Ordinal) && array.Bins == 1;
        int[] shape = isTable ? [array.Trials, array.Units] : [array.Trials, array.Bins, array.Units];
        Hdf5Storage storage = Hdf5Storage.Compressed(shape, isSingle ? sizeof(float) : sizeof(double), GzipLevel) with { IsShuffled = false };
        long[] sizes = [.. shape.Select(n => (long)n)];
        if (isSingle)
        {
            file.Write<float>(key, sizes, [.. array.Values.Select(value => (float)value)], storage);
        }
        else
        {
            file.Write<double>(key, sizes, array.Values, storage);
        }

        return "(" + string.Join(", ", shape) + ")";
    }
}
