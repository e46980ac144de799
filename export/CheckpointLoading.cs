using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Models.Import;

namespace UnetSpikes.Export;

/// <summary>What to make of checkpoints that leave something open.</summary>
public sealed record LoadingOptions
{
    /// <summary>What the user says of the architecture of a network that another program trained; null = its weights tell.</summary>
    public ArchitectureChoice? Architecture { get; init; }

    /// <summary>The link of such a network; null = as its hyper-parameters say, else exp.</summary>
    public LinkFunction? Link { get; init; }

    /// <summary>Which weights of a run are taken; null = those that the file is for: what validation judged, what training goes on with, another program's state_dict.</summary>
    public WeightsChoice? Weights { get; init; }
}

/// <summary>From files to networks: checkpoints of ours, and PyTorch's and others', which do not say all.</summary>
public static class CheckpointLoading
{
    /// <summary>Loads.</summary>
    /// <param name="options">The files, what the user says of them, and data that names the units and the width of a bin.</param>
    /// <param name="console">Told what a foreign file was read as.</param>
    /// <exception cref="UsageException">Something is said of a checkpoint that speaks for itself, or the data are of other units.</exception>
    /// <exception cref="CheckpointException">A file cannot be used.</exception>
    public static TrainedNetworks Load(ExportOptions options, ToolConsole console)
    {
        var trained = TrainedNetworks.Load(options.CheckpointPaths, state => Import(state, options, console));
        foreach ((string path, _) in trained.Paths.Zip(trained.Members).Where(pair => pair.Second.Data.IsTold))
        {
            if (options.Loading.Architecture is not null || options.Loading.Link is not null)
            {
                throw new UsageException(options.Loading.Link is null ? "--arch" : "--link", $"is for checkpoints of other programs; {path} says itself what it is");
            }
        }

        return options.Loading.Weights is { } weights
            ? trained with { Members = [.. trained.Paths.Zip(trained.Members, (path, member) => member.Data.IsTold ? weights.Of(path, member) : member)] }
            : trained;
    }

    private static Checkpoint Import(StateDict state, ExportOptions options, ToolConsole console)
    {
        var imported = ImportedNetwork.Of(options.Loading.Weights?.Of(state) ?? state, options.Loading.Architecture, options.Loading.Link);
        console.Info(imported.Story);
        return options.DataPath is null ? imported.Checkpoint : Named(imported.Checkpoint, options.DataPath);
    }

    /// <summary>Takes the units' names and the width of a bin from data that the user names; what it was trained on stays untold.</summary>
    private static Checkpoint Named(Checkpoint checkpoint, string path)
    {
        SpikeDataset dataset = SpikeDataset.Read(path);
        int units = checkpoint.Model.Channels;
        return dataset.UnitIds.Count == units
            ? checkpoint with { Data = checkpoint.Data with { BinWidthMs = dataset.BinWidthMs, UnitIds = dataset.UnitIds } }
            : throw new UsageException("--data", $"{path} has {dataset.UnitIds.Count} units, expected the {units} of the network");
    }
}
