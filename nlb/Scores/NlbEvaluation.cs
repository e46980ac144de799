using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Nlb.Scores;

/// <summary>What scoring a submission came to.</summary>
/// <param name="Scores">Of each data set that both files hold, in the order of <see cref="NlbDataset.All"/>.</param>
/// <param name="Skipped">Groups of the submission that were not scored, and why.</param>
public sealed record NlbEvaluation(IReadOnlyList<DatasetScores> Scores, IReadOnlyList<(string Group, string Reason)> Skipped)
{
    /// <summary>Scores every data set that a submission and a target file share, as nlb_tools' <c>evaluate</c> does.</summary>
    /// <remarks>
    /// A data set is skipped where the submission lacks its group or <c>eval_rates_heldout</c>, or the target lacks its group or
    /// <c>eval_spikes_heldout</c>; anything else that is missing is an error, as it is there.
    /// </remarks>
    /// <param name="submissionPath">Rates in spikes per bin, a group per data set.</param>
    /// <param name="targetPath">Spikes, behaviour and PSTHs, the same groups.</param>
    /// <param name="cancel">Looked at before every data set.</param>
    /// <exception cref="DataFormatException">A file, or a key of a data set that both share, is missing or wrong.</exception>
    public static NlbEvaluation Evaluate(string submissionPath, string targetPath, CancellationToken cancel = default)
    {
        using Hdf5File submission = Hdf5File.OpenRead(submissionPath);
        using Hdf5File target = Hdf5File.OpenRead(targetPath);
        var scores = new List<DatasetScores>();
        var skipped = new List<(string Group, string Reason)>();
        foreach (NlbDataset dataset in NlbDataset.All.Where(d => submission.Kind("/" + d.Group) == Hdf5ObjectKind.Group))
        {
            cancel.ThrowIfCancellationRequested();
            (ScoredGroup truth, ScoredGroup rates) = (new(target, dataset.Group), new(submission, dataset.Group));
            if (!rates.Has("eval_rates_heldout"))
            {
                skipped.Add((dataset.Group, $"{submissionPath} has no eval_rates_heldout there"));
            }
            else if (!truth.Has("eval_spikes_heldout"))
            {
                skipped.Add((dataset.Group, $"{targetPath} has no eval_spikes_heldout there"));
            }
            else
            {
                scores.Add(new GroupScorer(dataset, truth, rates).Score());
            }
        }

        string[] known = [.. NlbDataset.All.Select(dataset => dataset.Group)];
        skipped.AddRange(submission.Keys().Except(known).Select(group => (group, "not a data set of the benchmark")));
        return new NlbEvaluation(scores, skipped);
    }
}
