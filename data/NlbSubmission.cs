using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>A submission to the Neural Latents Benchmark: rates in spikes per bin, [trial, bin, unit].</summary>
/// <param name="Group">The data set's group, such as <c>mc_maze_20</c> (<see cref="NlbFile.GroupName"/>).</param>
/// <param name="Observed">What of the trials was seen: it divides rates of whole trials among the keys.</param>
/// <param name="Train">Of whole training trials.</param>
/// <param name="Eval">Of whole evaluation trials; forward bins may be missing.</param>
public sealed record NlbSubmission(string Group, ObservedPart Observed, TrialTensor Train, TrialTensor Eval)
{
    /// <summary>Writes the file with the benchmark's keys, float32, as nlb_tools' <c>save_to_h5</c> does.</summary>
    /// <param name="path">The new file; replaced whole, never in part.</param>
    /// <param name="provenanceJson">Attribute <c>provenance</c>: where the rates come from.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Write(string path, string provenanceJson)
    {
        using var pending = new PendingFile(path);
        using (Hdf5File file = Hdf5File.Create(pending.TemporaryPath))
        {
            file.WriteAttribute("/", "provenance", provenanceJson);
            foreach ((string key, TrialTensor rates) in Tensors())
            {
                LfadsFile.WriteTensor(file, $"/{Group}/{key}", Hdf5Type.Single, rates, 1, gzipLevel: 4);
            }

            file.Flush();
        }

        pending.Commit();
    }

    /// <summary>The tensors by key.</summary>
    public IEnumerable<(string Key, TrialTensor Rates)> Tensors()
    {
        foreach ((string split, TrialTensor rates) in new[] { ("train", Train), ("eval", Eval) })
        {
            yield return ($"{split}_rates_heldin", Observed.Of(rates));
            if (Observed.HeldOut(rates) is { } heldOut)
            {
                yield return ($"{split}_rates_heldout", heldOut);
            }
        }

        if (Observed.Forward(Eval) is { } forward)
        {
            yield return ("eval_rates_heldin_forward", forward.Part(.., ..Observed.Units));
            if (Observed.Units < forward.Units)
            {
                yield return ("eval_rates_heldout_forward", forward.Part(.., Observed.Units..));
            }
        }
    }
}
