using UnetSpikes.Hdf5;
using UnetSpikes.Nlb.Scores;
using UnetSpikes.Tests.Data;

namespace UnetSpikes.Tests.Nlb;

/// <summary>The committed files of tests/golden/nlb, made by nlb_tools (PROVENANCE.md).</summary>
internal static class NlbFiles
{
    public static string Golden(string name) => Path.Combine(Path.GetDirectoryName(TestFiles.Golden("layouts.h5"))!, "..", "nlb", name);

    /// <summary>A case's array; a 2-D one [row, column] as rows of one bin, as scikit-learn sees them.</summary>
    public static TrialArray Array(this Hdf5File file, string path)
    {
        Hdf5Dataset dataset = file.Dataset(path);
        int[] shape = [.. dataset.Shape.Select(n => (int)n)];
        return new TrialArray(shape[0], shape.Length == 3 ? shape[1] : 1, shape[^1], dataset.Read<double>());
    }

    public static bool[][] Masks(this Hdf5File file, string path)
    {
        TrialArray masks = file.Array(path);
        return [.. Enumerable.Range(0, masks.Units).Select(mask => Enumerable.Range(0, masks.Trials).Select(trial => masks[trial, 0, mask] == 1).ToArray())];
    }
}
