using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.Train;

/// <summary>What a finished run reports: of the weights that were kept, on the validation trials. Printed as JSON in snake case.</summary>
public sealed record TrainResult
{
    /// <summary>R² of rates, mean over units; null where true rates are unknown.</summary>
    public double? R2Uniform { get; init; }

    /// <summary>R² of rates, all units pooled.</summary>
    public double? R2Pooled { get; init; }

    /// <summary>R² of rates, median over units.</summary>
    public double? R2Median { get; init; }

    /// <summary>Units left out because their true rate never varies.</summary>
    public int? UnitsExcluded { get; init; }

    /// <summary>Mean Poisson loss of hidden entries, in nats: what the weights were chosen by.</summary>
    public double ValidationLoss { get; init; }

    /// <summary>See <see cref="PoissonLikelihood.HiddenBitsPerSpikeDefinition"/>.</summary>
    public required double BitsPerSpike { get; init; }

    /// <summary>See <see cref="PoissonLikelihood.CoBpsDefinition"/>; null where no unit is held out.</summary>
    public double? CoBps { get; init; }

    /// <summary>See <see cref="PoissonLikelihood.FpBpsDefinition"/>; null where there are no forward bins.</summary>
    public double? FpBps { get; init; }

    /// <summary>Co-smoothing bits per spike of ridge regression from smoothed held-in counts.</summary>
    public double? CoBpsSmoothing { get; init; }

    /// <summary>Forward-prediction bits per spike of ridge regression from smoothed held-in counts.</summary>
    public double? FpBpsSmoothing { get; init; }

    /// <summary>R² of rates of the best Gaussian smoothing, mean over units.</summary>
    public double? R2Smoothing { get; init; }

    /// <summary>Bits per spike of the best Gaussian smoothing, each bin predicted from the others.</summary>
    public required double BitsPerSpikeSmoothing { get; init; }

    /// <summary>Width of that smoothing, in bins.</summary>
    public required double SmoothingSigmaBins { get; init; }

    /// <summary>Numbers the network has to learn.</summary>
    public int Parameters { get; init; }

    /// <summary>Seconds of training, validations included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Updates made.</summary>
    public required long Steps { get; init; }

    /// <summary>The update the kept weights are of.</summary>
    public required long BestStep { get; init; }

    /// <summary>The checkpoint with the kept weights.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Gathers the report.</summary>
    /// <param name="progress">Where the run stands; at least one validation was made.</param>
    /// <param name="baseline">The smoothing beside it.</param>
    /// <param name="parameters">Numbers the network has to learn.</param>
    /// <param name="folder">The run's files.</param>
    public static TrainResult Of(RunProgress progress, SmoothingBaseline baseline, int parameters, RunFolder folder)
    {
        ValidationScores best = progress.Best ?? throw new InvalidOperationException("no validation was made");
        return new TrainResult
        {
            R2Uniform = best.Rates?.R2Uniform,
            R2Pooled = best.Rates?.R2Pooled,
            R2Median = best.Rates?.R2Median,
            UnitsExcluded = best.Rates?.UnitsExcluded,
            ValidationLoss = best.Loss,
            BitsPerSpike = best.BitsPerSpike,
            CoBps = best.CoBps,
            FpBps = best.FpBps,
            CoBpsSmoothing = baseline.CoBps,
            FpBpsSmoothing = baseline.FpBps,
            R2Smoothing = baseline.Rates?.R2Uniform,
            BitsPerSpikeSmoothing = baseline.BitsPerSpike,
            SmoothingSigmaBins = baseline.SigmaBins,
            Parameters = parameters,
            Seconds = progress.Seconds,
            Steps = progress.Step,
            BestStep = progress.BestStep,
            Checkpoint = folder.Best,
        };
    }

    /// <summary>Prints the scores as a table, each with its definition.</summary>
    /// <param name="output">Where results go.</param>
    public void Write(TextWriter output)
    {
        var table = new ResultTable("validation trials", "model", $"Gaussian, σ = {SmoothingSigmaBins} bins");
        if (R2Uniform is double uniform)
        {
            table.Add("R2 of rates, mean over units", ResultTable.Cell(uniform), ResultTable.Cell(R2Smoothing ?? double.NaN));
            table.Add("R2 of rates, pooled", ResultTable.Cell(R2Pooled ?? double.NaN), "");
            table.Add("R2 of rates, median unit", ResultTable.Cell(R2Median ?? double.NaN), "");
            table.Note("R2, mean over units: " + RateScores.UniformDefinition);
            table.Note("R2, pooled: " + RateScores.PooledDefinition);
            if (UnitsExcluded > 0)
            {
                table.Note($"{UnitsExcluded} units are left out of R2: their true rate never varies");
            }
        }

        table.Add("bits per spike", ResultTable.Cell(BitsPerSpike), ResultTable.Cell(BitsPerSpikeSmoothing));
        table.Note("bits per spike: " + PoissonLikelihood.HiddenBitsPerSpikeDefinition);
        AddUnseen("co-bps", CoBps, CoBpsSmoothing, PoissonLikelihood.CoBpsDefinition);
        AddUnseen("fp-bps", FpBps, FpBpsSmoothing, PoissonLikelihood.FpBpsDefinition);
        table.Write(output);

        void AddUnseen(string name, double? score, double? smoothing, string definition)
        {
            if (score is double value)
            {
                table.Add(name, ResultTable.Cell(value), ResultTable.Cell(smoothing ?? double.NaN));
                table.Note($"{name}: {definition}; smoothing: by ridge regression from smoothed held-in counts");
            }
        }
    }
}
