using UnetSpikes.Core;

namespace UnetSpikes.Infer;

/// <summary>What is done where a file's units are not the model's.</summary>
/// <param name="ByPosition">Names are not compared: unit k is channel k.</param>
/// <param name="FillMissing">Units of the model that a file lacks are shown to it as silent; otherwise they are an error.</param>
/// <param name="DropSurplus">Units that the model does not know are left out; otherwise they are an error.</param>
public readonly record struct UnitPolicy(bool ByPosition, bool FillMissing, bool DropSurplus);

/// <summary>Which of the model's channels the units of a file are, and which units the rates have.</summary>
/// <param name="Columns">Of each unit that the model sees and the file has: its place in the file, ascending.</param>
/// <param name="Channels">Of each unit of the rates, its channel of the model: of those of <paramref name="Columns"/>, then of those held out, which the model predicts unseen.</param>
/// <param name="UnitIds">Their names; the rates have these units in this order.</param>
/// <param name="Missing">Units that the model sees and the file lacks; the model sees zeros there.</param>
/// <param name="Surplus">Units of the file that the model does not know; they are left out. (Those held out are known, and not read.)</param>
public sealed record UnitMap(
    int[] Columns, int[] Channels, IReadOnlyList<string> UnitIds, IReadOnlyList<string> Missing, IReadOnlyList<string> Surplus)
{
    /// <summary>Of a file that was not opened yet.</summary>
    public static readonly UnitMap None = new([], [], [], [], []);

    private const int NamesInAMessage = 8;

    /// <summary>How many units of the rates, from the last, are held out.</summary>
    public int HeldOut => Channels.Length - Columns.Length;

    /// <summary>Whether file and model have their units in another order.</summary>
    public bool IsPermuted => !Channels.AsSpan().SequenceEqual(Channels.Order().ToArray());

    /// <summary>Matches units by name; by position where the file names none, or when told to.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="place">The array, for messages.</param>
    /// <param name="units">How many units the array has.</param>
    /// <param name="fileIds">The file's names; null when it has none.</param>
    /// <param name="modelIds">The model's names in the order of its channels, those held in first.</param>
    /// <param name="heldIn">How many of them the model sees.</param>
    /// <param name="policy">What may differ.</param>
    /// <exception cref="DataFormatException">The units differ in a way that was not allowed; the message lists them.</exception>
    public static UnitMap Match(string path, string place, int units, IReadOnlyList<string>? fileIds, IReadOnlyList<string> modelIds, int heldIn, UnitPolicy policy)
    {
        if (fileIds is null || policy.ByPosition)
        {
            return units == heldIn || units == modelIds.Count
                ? ByPosition(fileIds?.Count == units ? fileIds : modelIds, modelIds, heldIn)
                : throw new DataFormatException(path, place, $"has {units} units, expected the model's {heldIn}{(heldIn < modelIds.Count ? $" held in, or all {modelIds.Count}" : "")}");
        }

        if (fileIds.Count != units)
        {
            throw new DataFormatException(path, "/unit_ids", $"names {fileIds.Count} units, expected the {units} of {place}");
        }

        if (fileIds.GroupBy(id => id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new DataFormatException(path, "/unit_ids", $"names unit '{twice.Key}' twice, expected each unit once");
        }

        UnitMap map = ByName(fileIds, modelIds, heldIn);
        string[] problems = [.. Problems(map, heldIn, policy)];
        return problems.Length == 0 ? map : throw new DataFormatException(path, "/unit_ids", string.Join(", and ", problems) + ByPositionHint(units, heldIn));
    }

    /// <summary>Unit k is channel k; what a file has behind the units held in is held out, and not read.</summary>
    private static UnitMap ByPosition(IReadOnlyList<string> names, IReadOnlyList<string> modelIds, int heldIn) => new(
        [.. Enumerable.Range(0, heldIn)],
        [.. Enumerable.Range(0, modelIds.Count)],
        names.Count == modelIds.Count ? names : [.. names, .. modelIds.Skip(heldIn)],
        [],
        []);

    private static UnitMap ByName(IReadOnlyList<string> fileIds, IReadOnlyList<string> modelIds, int heldIn)
    {
        var channelOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int channel = 0; channel < heldIn; channel++)
        {
            channelOf.TryAdd(modelIds[channel], channel);
        }

        int[] columns = [.. Enumerable.Range(0, fileIds.Count).Where(column => channelOf.ContainsKey(fileIds[column]))];
        return new UnitMap(
            columns,
            [.. columns.Select(column => channelOf[fileIds[column]]), .. Enumerable.Range(heldIn, modelIds.Count - heldIn)],
            [.. columns.Select(column => fileIds[column]), .. modelIds.Skip(heldIn)],
            [.. modelIds.Take(heldIn).Except(fileIds, StringComparer.Ordinal)],
            [.. fileIds.Except(modelIds, StringComparer.Ordinal)]);
    }

    private static IEnumerable<string> Problems(UnitMap map, int heldIn, UnitPolicy policy)
    {
        string known = $"the model's {heldIn} {(map.HeldOut > 0 ? "held-in " : "")}units";
        if (map.Columns.Length == 0)
        {
            yield return $"names none of {known} ({Names(map.Missing)})";
            yield break;
        }

        if (map.Missing.Count > 0 && !policy.FillMissing)
        {
            yield return $"lacks {map.Missing.Count} of {known} ({Names(map.Missing)}; --fill-missing shows the model silence in their place)";
        }

        if (map.Surplus.Count > 0 && !policy.DropSurplus)
        {
            yield return $"names {map.Surplus.Count} that the model was not trained on ({Names(map.Surplus)}; --drop-surplus leaves them out)";
        }
    }

    private static string ByPositionHint(int units, int channels) => units == channels ? "; --units-by-position takes them as they come" : "";

    private static string Names(IReadOnlyList<string> ids) =>
        string.Join(", ", ids.Take(NamesInAMessage).Select(id => $"'{id}'")) + (ids.Count > NamesInAMessage ? ", …" : "");
}
