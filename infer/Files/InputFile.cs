namespace UnetSpikes.Infer.Files;

/// <summary>One file of counts and where its rates go.</summary>
/// <param name="Path">The file, as found.</param>
/// <param name="Name">Its name below <c>--out</c>, with <c>/</c> between folders and without <c>.rates.h5</c>; no two inputs of a run share one.</param>
public sealed record InputFile(string Path, string Name)
{
    /// <summary>What every output's name ends in; a folder's files that end so are not taken for inputs.</summary>
    public const string RatesExtension = ".rates.h5";

    /// <summary>The file that receives its rates.</summary>
    /// <param name="outFolder">The folder of <c>--out</c>.</param>
    public string OutputIn(string outFolder) => System.IO.Path.Combine(outFolder, Name + RatesExtension);
}
