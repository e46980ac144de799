using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.Train;

/// <summary>One member's scores, on the same trials and folds as the ensemble's.</summary>
public sealed record MemberScores
{
    /// <summary>Gathers them.</summary>
    /// <param name="seed">The member's seed.</param>
    /// <param name="scores">Its scores.</param>
    /// <param name="checkpoint">Its checkpoint.</param>
    public MemberScores(ulong seed, ValidationScores scores, string checkpoint)
    {
        (Seed, Checkpoint) = (seed, checkpoint);
        (R2Uniform, BitsPerSpike) = (scores.Rates?.R2Uniform, scores.BitsPerSpike);
    }

    /// <summary>The member's seed.</summary>
    public ulong Seed { get; }

    /// <summary>R² of rates, mean over units; null where true rates are unknown.</summary>
    public double? R2Uniform { get; }

    /// <summary>See <see cref="PoissonLikelihood.HiddenBitsPerSpikeDefinition"/>.</summary>
    public double BitsPerSpike { get; }

    /// <summary>The checkpoint with its kept weights.</summary>
    public string Checkpoint { get; }
}

/// <summary>What an ensemble reports: scores of the mean of its members' log-rates on the validation trials, and theirs. Printed as JSON in snake case.</summary>
public sealed record EnsembleResult
{
    /// <summary>Gathers the report.</summary>
    /// <param name="scores">Of the mean log-rates.</param>
    /// <param name="members">Of each member alone.</param>
    /// <param name="baseline">The smoothing beside it.</param>
    public EnsembleResult(ValidationScores scores, IReadOnlyList<MemberScores> members, SmoothingBaseline baseline)
    {
        R2Uniform = scores.Rates?.R2Uniform;
        R2Pooled = scores.Rates?.R2Pooled;
        R2Median = scores.Rates?.R2Median;
        BitsPerSpike = scores.BitsPerSpike;
        (CoBps, FpBps, CoBpsSmoothing, FpBpsSmoothing) = (scores.CoBps, scores.FpBps, baseline.CoBps, baseline.FpBps);
        R2Smoothing = baseline.Rates?.R2Uniform;
        BitsPerSpikeSmoothing = baseline.BitsPerSpike;
        Members = members;
    }

    /// <summary>R² of rates, mean over units; null where true rates are unknown.</summary>
    public double? R2Uniform { get; }

    /// <summary>R² of rates, all units pooled.</summary>
    public double? R2Pooled { get; }

    /// <summary>R² of rates, median over units.</summary>
    public double? R2Median { get; }

    /// <summary>See <see cref="PoissonLikelihood.HiddenBitsPerSpikeDefinition"/>.</summary>
    public double BitsPerSpike { get; }

    /// <summary>See <see cref="PoissonLikelihood.CoBpsDefinition"/>; null where no unit is held out.</summary>
    public double? CoBps { get; }

    /// <summary>See <see cref="PoissonLikelihood.FpBpsDefinition"/>; null where there are no forward bins.</summary>
    public double? FpBps { get; }

    /// <summary>Co-smoothing bits per spike of ridge regression from smoothed held-in counts.</summary>
    public double? CoBpsSmoothing { get; }

    /// <summary>Forward-prediction bits per spike of ridge regression from smoothed held-in counts.</summary>
    public double? FpBpsSmoothing { get; }

    /// <summary>R² of rates of the best Gaussian smoothing, mean over units.</summary>
    public double? R2Smoothing { get; }

    /// <summary>Bits per spike of the best Gaussian smoothing, each bin predicted from the others.</summary>
    public double BitsPerSpikeSmoothing { get; }

    /// <summary>Each member alone.</summary>
    public IReadOnlyList<MemberScores> Members { get; }

    /// <summary>Prints the scores as a table.</summary>
    /// <param name="output">Where results go.</param>
    public void Write(TextWriter output)
    {
        var table = new ResultTable("validation trials", "seed", "R2 of rates, mean over units", "bits per spike");
        for (int i = 0; i < Members.Count; i++)
        {
            table.Add($"member {i + 1}", $"{Members[i].Seed}", Cell(Members[i].R2Uniform), Cell(Members[i].BitsPerSpike));
        }

        table.Add("ensemble (mean log-rate)", "", Cell(R2Uniform), Cell(BitsPerSpike));
        table.Add("Gaussian smoothing", "", Cell(R2Smoothing), Cell(BitsPerSpikeSmoothing));
        table.Note("R2, mean over units: " + RateScores.UniformDefinition);
        table.Note("bits per spike: " + PoissonLikelihood.HiddenBitsPerSpikeDefinition);
        table.Write(output);
    }

    private static string Cell(double? value) => ResultTable.Cell(value ?? double.NaN);
}
