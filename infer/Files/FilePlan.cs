using UnetSpikes.Core;

namespace UnetSpikes.Infer.Files;

/// <summary>An input and the file that receives its rates.</summary>
/// <param name="Input">The file.</param>
/// <param name="Output">Where its rates go.</param>
internal sealed record PlannedFile(InputFile Input, string Output)
{
    /// <summary>Where the same rates go as NWB.</summary>
    public string NwbOutput => Path.ChangeExtension(Output, ".nwb");
}

/// <summary>What this run has to do, and what an earlier one did.</summary>
/// <param name="ToDo">In order.</param>
/// <param name="Finished">Outputs that are there and still right.</param>
internal sealed record FilePlan(IReadOnlyList<PlannedFile> ToDo, IReadOnlyList<PlannedFile> Finished)
{
    /// <summary>Names an output for every input of this process's share.</summary>
    /// <exception cref="UsageException">No file for an argument, or an output that would overwrite an input.</exception>
    public static IReadOnlyList<PlannedFile> FilesOf(InferOptions options)
    {
        IReadOnlyList<InputFile> all = InputList.Find(options.Inputs);
        HashSet<string> outputs = [.. all.Select(file => Path.GetFullPath(file.OutputIn(options.OutFolder)))];
        return all.FirstOrDefault(file => outputs.Contains(Path.GetFullPath(file.Path))) is { } overwritten
            ? throw new UsageException("--input", $"{overwritten.Path} would be overwritten by this run's own output; choose another --out")
            : [.. options.Shard.Of(all).Select(file => new PlannedFile(file, file.OutputIn(options.OutFolder)))];
    }

    /// <summary>Leaves out what is finished.</summary>
    /// <exception cref="UsageException">An output was made by another model or with other options: two results under one name would be taken for each other.</exception>
    public static FilePlan For(IReadOnlyList<PlannedFile> files, SpikeModel model, InferOptions options)
    {
        if (options.Force)
        {
            return new FilePlan(files, []);
        }

        ILookup<OutputState, (PlannedFile File, string Reason)> states = files
            .Select(file => (file, Found: FinishedOutput.Look(file, model, options)))
            .ToLookup(f => f.Found.State, f => (f.file, f.Found.Reason));
        if (states[OutputState.MadeOtherwise].ToArray() is [(PlannedFile first, string reason), ..] others)
        {
            string more = others.Length > 1 ? $" (and {others.Length - 1} more like it)" : "";
            throw new UsageException("--out", $"{first.Output} {reason}{more}; --force overwrites it, or choose another folder");
        }

        HashSet<PlannedFile> finished = [.. states[OutputState.Finished].Select(f => f.File)];
        return new FilePlan([.. files.Where(f => !finished.Contains(f))], [.. files.Where(finished.Contains)]);
    }
}
