namespace UnetSpikes.Models.Runs;

/// <summary>One point of a run's curves: of a logged training step or of a validation. What was not measured there is null.</summary>
public sealed record HistoryPoint
{
    /// <summary>The update, from 1.</summary>
    public required long Step { get; init; }

    /// <summary>Seconds of training up to there, all resumed parts together.</summary>
    public required double Seconds { get; init; }

    /// <summary>Mean training loss since the last logged step, in nats per hidden entry.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>Norm of this step's gradient before clipping.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>The schedule's learning rate.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Mean Poisson loss of validation entries while hidden, in nats.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>See <see cref="Core.PoissonLikelihood.HiddenBitsPerSpikeDefinition"/>.</summary>
    public double? BitsPerSpike { get; init; }

    /// <summary>See <see cref="Core.PoissonLikelihood.CoBpsDefinition"/>; null where no unit is held out.</summary>
    public double? CoBps { get; init; }

    /// <summary>See <see cref="Core.PoissonLikelihood.FpBpsDefinition"/>; null where there are no forward bins.</summary>
    public double? FpBps { get; init; }

    /// <summary>See <see cref="Core.RateScores.UniformDefinition"/>; null where true rates are unknown.</summary>
    public double? R2Uniform { get; init; }

    /// <summary>See <see cref="Core.RateScores.PooledDefinition"/>.</summary>
    public double? R2Pooled { get; init; }

    /// <summary>See <see cref="Core.RateScores.MedianDefinition"/>.</summary>
    public double? R2Median { get; init; }
}
