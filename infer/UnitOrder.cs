using UnetSpikes.Core;

namespace UnetSpikes.Infer;

/// <summary>Which of the model's channels each unit of a file is.</summary>
/// <param name="Channels">Channel of each unit, in the file's order.</param>
/// <param name="UnitIds">The units' names, in the file's order.</param>
/// <param name="IsPermuted">Whether file and model have the same units in another order.</param>
public sealed record UnitOrder(int[] Channels, IReadOnlyList<string> UnitIds, bool IsPermuted)
{
    /// <summary>Of a file that was not opened yet.</summary>
    public static readonly UnitOrder None = new([], [], IsPermuted: false);

    /// <summary>Matches units by name; by position where the file names none, or when told to.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="place">The array, for messages.</param>
    /// <param name="units">How many units the array has.</param>
    /// <param name="fileIds">The file's names; null when it has none.</param>
    /// <param name="modelIds">The model's names in the order of its channels.</param>
    /// <param name="byPosition">Names are not compared.</param>
    /// <exception cref="DataFormatException">Another number of units, or other units.</exception>
    public static UnitOrder Match(string path, string place, int units, IReadOnlyList<string>? fileIds, IReadOnlyList<string> modelIds, bool byPosition)
    {
        if (units != modelIds.Count)
        {
            throw new DataFormatException(path, place, $"has {units} units, expected the model's {modelIds.Count}");
        }

        int[] inOrder = [.. Enumerable.Range(0, units)];
        if (fileIds is null || byPosition)
        {
            return new UnitOrder(inOrder, fileIds is null || fileIds.Count != units ? modelIds : fileIds, IsPermuted: false);
        }

        if (fileIds.Count != units)
        {
            throw new DataFormatException(path, "/unit_ids", $"names {fileIds.Count} units, expected the {units} of {place}");
        }

        var channelOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int channel = 0; channel < modelIds.Count; channel++)
        {
            channelOf.TryAdd(modelIds[channel], channel);
        }

        var isTaken = new bool[units];
        var channels = new int[units];
        for (int unit = 0; unit < units; unit++)
        {
            if (!channelOf.TryGetValue(fileIds[unit], out channels[unit]))
            {
                throw new DataFormatException(
                    path, "/unit_ids", $"names unit '{fileIds[unit]}', which the model was not trained on, expected its units in any order (--units-by-position takes them as they come)");
            }

            if (isTaken[channels[unit]])
            {
                throw new DataFormatException(path, "/unit_ids", $"names unit '{fileIds[unit]}' twice, expected each unit once");
            }

            isTaken[channels[unit]] = true;
        }

        return new UnitOrder(channels, fileIds, !channels.AsSpan().SequenceEqual(inOrder));
    }
}
