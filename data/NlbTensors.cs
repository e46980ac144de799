using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>What the benchmark's tensors have in common.</summary>
/// <param name="HeldIn">Held-in units.</param>
/// <param name="HeldOut">Held-out units; may be 0.</param>
/// <param name="ForwardBins">Forward bins; may be 0.</param>
internal sealed record NlbSizes(int HeldIn, int HeldOut, int ForwardBins);

/// <summary>The benchmark's tensors of one data set, wherever they lie: at the root of the file or of another one beside it, or in the data set's group there.</summary>
internal sealed class NlbTensors : IDisposable
{
    private readonly List<Hdf5File> _files = [];
    private readonly string _word;

    private NlbTensors(Hdf5File file)
    {
        _files.Add(file);
        _word = Word(file) ?? throw new DataFormatException(file.Path, "/train_spikes_heldin", "is missing, expected the benchmark's training tensors");
    }

    /// <summary>Opens a file, and the one beside it that has its evaluation tensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="evalFileName">The other one's name; null, or no such file: there is none.</param>
    public static NlbTensors Open(string path, string? evalFileName)
    {
        Hdf5File file = Hdf5File.OpenRead(path);
        NlbTensors? tensors = null;
        try
        {
            tensors = new NlbTensors(file);
            string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, evalFileName ?? path);
            if (Path.GetFullPath(beside) != Path.GetFullPath(path) && File.Exists(beside))
            {
                tensors._files.Add(Hdf5File.OpenRead(beside));
            }

            return tensors;
        }
        catch (UnetSpikesException)
        {
            (tensors as IDisposable ?? file).Dispose();
            throw;
        }
    }

    /// <summary>What the file's keys call counts: <c>spikes</c>, or <c>data</c> as early files did; null where they are not the benchmark's.</summary>
    public static string? Word(Hdf5File file) => new[] { "spikes", "data" }.FirstOrDefault(word => file.HasDataset($"/train_{word}_heldin"));

    /// <summary>Width of a bin in milliseconds; null where the file does not say.</summary>
    public double? BinWidthMs => Shapes.ReadBinWidthMs(_files[0]);

    /// <summary>The data set's name; null where the file does not say.</summary>
    public string? DatasetName => _files[0].HasAttribute("/", "dataset") ? _files[0].ReadTextAttribute("/", "dataset") : null;

    /// <summary>Whether there are evaluation trials whose held-out units are known.</summary>
    public bool HasTargets => Find("eval", "heldin") is not null && (Find("train", "heldout") is null || Find("eval", "heldout") is not null);

    /// <summary>Closes the files.</summary>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    /// <summary>Names of the units, held-in ones first.</summary>
    /// <param name="units">How many there are.</param>
    public IReadOnlyList<string> UnitIds(int units) => OwnUnitIds(units) ?? SpikeDataset.NumberedUnits(units);

    /// <summary>Names of the units as the file has them, held-in ones first; null where it has none.</summary>
    /// <param name="units">How many there are.</param>
    public IReadOnlyList<string>? OwnUnitIds(int units)
    {
        IReadOnlyList<string>? ids = Shapes.ReadUnitIds(_files[0]);
        return ids is null || ids.Count == units
            ? ids
            : throw new DataFormatException(_files[0].Path, "/unit_ids", $"names {ids.Count} units, expected {units}: held-in, then held-out");
    }

    /// <summary>The sizes, as the training tensors have them.</summary>
    public NlbSizes Sizes() => new(
        Units(Find("train", "heldin")!), Find("train", "heldout") is { } heldOut ? Units(heldOut) : 0, Find("train", "heldin_forward") is { } forward ? Bins(forward) : 0);

    /// <summary>A split's tensors in one, [trial, bin, unit]; NaN where there is no tensor.</summary>
    /// <param name="split"><c>train</c> or <c>eval</c>.</param>
    /// <param name="sizes">Units and forward bins.</param>
    public TrialTensor Joined(string split, NlbSizes sizes)
    {
        TrialTensor heldIn = Read(Find(split, "heldin") ?? throw new DataFormatException(_files[0].Path, $"/{split}_{_word}_heldin", "is missing, expected counts [trial, bin, unit]"));
        (int heldInUnits, int heldOut, int forward) = sizes;
        var all = new TrialTensor(heldIn.Trials, heldIn.Bins + forward, heldInUnits + heldOut);
        Array.Fill(all.Values, float.NaN);
        Place(split, "heldin", all, 0..heldIn.Bins, 0..heldInUnits);
        Place(split, "heldout", all, 0..heldIn.Bins, heldInUnits..);
        Place(split, "heldin_forward", all, heldIn.Bins.., 0..heldInUnits);
        Place(split, "heldout_forward", all, heldIn.Bins.., heldInUnits..);
        return all;
    }

    /// <summary>True rates of a split in spikes per bin; null where the file has none.</summary>
    public TrialTensor? Truth(string key, TrialTensor counts, double? conversionFactor) =>
        LfadsFile.ReadTruth(_files[0], key, "the counts, held-in and held-out units with their forward bins", counts, conversionFactor);

    private void Place(string split, string kind, TrialTensor all, Range bins, Range units)
    {
        (int firstBin, int binCount) = bins.GetOffsetAndLength(all.Bins);
        (int firstUnit, int unitCount) = units.GetOffsetAndLength(all.Units);
        if (binCount == 0 || unitCount == 0 || Find(split, kind) is not { } dataset)
        {
            return;
        }

        TrialTensor part = Read(dataset);
        if ((part.Trials, part.Bins, part.Units) != (all.Trials, binCount, unitCount))
        {
            throw dataset.Error($"has shape {dataset.ShapeText}, expected ({all.Trials}, {binCount}, {unitCount}) to go with the other tensors");
        }

        for (int row = 0; row < part.Trials * binCount; row++)
        {
            int at = ((((row / binCount) * all.Bins) + firstBin + (row % binCount)) * all.Units) + firstUnit;
            part.Values.AsSpan(row * unitCount, unitCount).CopyTo(all.Values.AsSpan(at));
        }
    }

    private Hdf5Dataset? Find(string split, string kind)
    {
        string key = $"{split}_{_word}_{kind}";
        return _files.Select(file => Find(file, key)).FirstOrDefault(found => found is not null);
    }

    /// <summary>At the file's root, else in the one group there that has it, else in the data set's own.</summary>
    private static Hdf5Dataset? Find(Hdf5File file, string key)
    {
        if (file.HasDataset("/" + key))
        {
            return file.Dataset("/" + key);
        }

        string[] groups = [.. file.Keys().Where(name => file.Kind("/" + name) == Hdf5ObjectKind.Group && file.HasDataset($"/{name}/{key}"))];
        if (groups.Length > 1)
        {
            string own = file.HasAttribute("/", "dataset") && Shapes.ReadBinWidthMs(file) is double width
                ? NlbFile.GroupName(file.ReadTextAttribute("/", "dataset"), width)
                : "";
            groups = groups.Contains(own)
                ? [own]
                : throw new DataFormatException(file.Path, "/", $"has {key} in {string.Join(", ", groups)}, expected one of them, or attributes dataset and bin_ms that name it");
        }

        return groups.Length == 1 ? file.Dataset($"/{groups[0]}/{key}") : null;
    }

    private static TrialTensor Read(Hdf5Dataset dataset) => CountsReader.ReadAll(dataset, gapsAllowed: true);

    private static int Units(Hdf5Dataset dataset) => Shapes.ToInt(dataset.RequireRank(3, "[trial, bin, unit]"))[2];

    private static int Bins(Hdf5Dataset dataset) => Shapes.ToInt(dataset.RequireRank(3, "[trial, bin, unit]"))[1];
}
