using UnetSpikes.Core;
using UnetSpikes.Models;

namespace UnetSpikes.Train;

/// <summary>The two checkpoints of a run: what goes into them, and which of them is known to be good.</summary>
/// <param name="run">The run.</param>
/// <param name="model">Its network.</param>
/// <param name="hasLast">Whether <c>last.safetensors</c> is there already: the run was resumed from it.</param>
public sealed class RunCheckpoints(TrainingRun run, ModelOptions model, bool hasLast)
{
    // last.safetensors is good once the loss of its weights is known to be a number, which is one step after it was written.
    private bool _hasLast = hasLast;
    private bool _isLastGood;

    /// <summary>The newest checkpoint whose weights gave a finite loss; null before there is one.</summary>
    public string? LastGood => _isLastGood ? run.Folder.Last : File.Exists(run.Folder.Best) ? run.Folder.Best : null;

    /// <summary>Takes note that the weights the newest step started from gave a finite loss.</summary>
    public void LossWasFinite() => _isLastGood = _hasLast;

    /// <summary>Writes the newest state, with everything needed to go on.</summary>
    /// <param name="newest">After the step of <paramref name="progress"/>.</param>
    /// <param name="averaged">Its average as a state of its own, whose running statistics go beside it for <c>export</c>; null where none is kept.</param>
    /// <param name="progress">Where the run stands.</param>
    public void SaveLast(NetworkState newest, NetworkState? averaged, RunProgress progress)
    {
        Save(run.Folder.Last, newest, averaged?.RunningStatistics, progress);
        (_hasLast, _isLastGood) = (true, false);
    }

    /// <summary>Writes the weights that are kept.</summary>
    /// <param name="state">Those that were validated: the average where one is kept.</param>
    /// <param name="progress">Where the run stands.</param>
    public void SaveBest(NetworkState state, RunProgress progress) => Save(run.Folder.Best, state, averageStatistics: null, progress);

    /// <summary>Refuses to go on with another network or other data.</summary>
    /// <param name="checkpoint">Of <c>last.safetensors</c>.</param>
    /// <param name="progress">Its progress.</param>
    /// <exception cref="CheckpointException">It is of another run.</exception>
    public void RequireSameRun(Checkpoint checkpoint, RunProgress progress)
    {
        if (checkpoint.Model != model)
        {
            throw new CheckpointException(run.Folder.Last, "model", $"is {checkpoint.Model.ToJson()}, expected that of the configuration, {model.ToJson()}");
        }

        if (checkpoint.Data.Fingerprint != run.Dataset.Fingerprint)
        {
            throw new CheckpointException(run.Folder.Last, "data", $"was another data set ({checkpoint.Data.Path}), expected the counts of {run.Dataset.Path}");
        }

        Teacher.RequireSame(run.Folder.Last, checkpoint, run.Teacher);
        int trials = run.Dataset.Train.Counts.Trials;
        if (progress.Sampler.Dealt > trials)
        {
            throw new CheckpointException(run.Folder.Last, "progress", $"had dealt {progress.Sampler.Dealt} trials of an epoch, expected at most the {trials} there are now");
        }
    }

    private void Save(string path, NetworkState state, float[]? averageStatistics, RunProgress progress)
    {
        Dictionary<string, string> entries = progress.ToEntries(run.ConfigYaml);
        run.Teacher?.AddTo(entries);
        new Checkpoint
        {
            Model = model,
            Parameters = state.Parameters,
            RunningStatistics = state.RunningStatistics,
            Average = state.Average,
            AverageStatistics = averageStatistics,
            Optimizer = state.Optimizer,
            Step = progress.Step,
            Data = new TrainingData(run.Dataset.Path, run.Dataset.Fingerprint, run.Options.BinWidthMs ?? run.Dataset.BinWidthMs, run.Dataset.UnitIds),
            Run = entries,
        }.Save(path);
    }
}
