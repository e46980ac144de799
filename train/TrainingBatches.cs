using UnetSpikes.Core;

namespace UnetSpikes.Train;

/// <summary>Makes the batches of a run: deals trials, hides a part, and lays all out as the training graph wants it.</summary>
public sealed class TrainingBatches
{
    private const string Sizes = "batch sizes";

    private readonly TrialTensor _counts;
    private readonly TrainOptions _options;
    private readonly TrialTensor? _targets;
    private readonly TrialSampler _sampler;
    private readonly Rng _masks;
    private readonly Dictionary<string, Rng> _streams;
    private bool[] _mask;

    /// <summary>Starts at the first batch, or goes on after the last one of a run that was saved.</summary>
    /// <param name="counts">The training trials, [trial, bin, unit].</param>
    /// <param name="options">What to draw.</param>
    /// <param name="from">Where the saved run stood; null for a new one.</param>
    /// <param name="targets">What is to be predicted in place of the counts, in spikes per bin, of the same shape; null = the counts.</param>
    public TrainingBatches(TrialTensor counts, TrainOptions options, RunProgress? from, TrialTensor? targets = null)
    {
        (_counts, _options, _targets) = (counts, options, targets);
        _sampler = from is null ? new TrialSampler(counts.Trials, new Rng(options.Seed, "trials")) : new TrialSampler(counts.Trials, from.Sampler);
        _mask = new bool[counts.Bins * counts.Units];
        _masks = from is null ? new Rng(options.Seed, "masks") : Rng.FromState(from.MaskStream);
        _streams = new[] { Sizes }.ToDictionary(
            purpose => purpose,
            purpose => from?.BatchStreams.GetValueOrDefault(purpose) is ulong[] state ? Rng.FromState(state) : new Rng(options.Seed, purpose));
    }

    /// <summary>The newest batch's first trial, [bin, unit]; true = hidden.</summary>
    public ReadOnlySpan<bool> FirstMask => _mask.AsSpan(0, _counts.Bins * _counts.Units);

    /// <summary>A run's progress with where the dealing and the random streams stand now.</summary>
    /// <param name="progress">The progress so far; null at the start.</param>
    public RunProgress Save(RunProgress? progress) => (progress ?? new RunProgress { Sampler = _sampler.Position, MaskStream = _masks.State }) with
    {
        Sampler = _sampler.Position,
        MaskStream = _masks.State,
        BatchStreams = _streams.ToDictionary(stream => stream.Key, stream => stream.Value.State),
    };

    /// <summary>Trials of the next batch; at most all there are.</summary>
    /// <param name="step">Number of the update it is for, from 1.</param>
    public int SizeFor(long step) => SizeFor(step, _streams[Sizes]);

    /// <summary>What <see cref="SizeFor(long)"/> will give, without drawing it.</summary>
    /// <param name="step">Number of the update it is for, from 1.</param>
    public int PeekSize(long step) => SizeFor(step, Rng.FromState(_streams[Sizes].State));

    /// <summary>Makes the next batch, of as many trials as fill <paramref name="weights"/>.</summary>
    /// <param name="input">[unit, bin, trial]: what the network sees.</param>
    /// <param name="weights">[unit, bin, trial]: each entry's weight in the loss.</param>
    /// <param name="weightedCounts">[unit, bin, trial]: what is to be predicted, times its weight.</param>
    public void Next(Span<float> input, Span<float> weights, Span<float> weightedCounts)
    {
        var trials = new int[weights.Length / (_counts.Bins * _counts.Units)];
        if (_mask.Length != weights.Length)
        {
            _mask = new bool[weights.Length];
        }

        _sampler.Next(trials);
        _options.Masking.Draw(_mask, trials.Length, _counts.Bins, _counts.Units, _masks);
        MaskedBatch.Fill(_counts, trials, _mask, _options.VisibleScale(_options.Masking.Ratio), input, weights, weightedCounts);
        if (_targets is not null)
        {
            TrialBatch.Gather(_targets, trials, trials.Length, weightedCounts);
            for (int i = 0; i < weights.Length; i++)
            {
                weightedCounts[i] *= weights[i];
            }
        }
    }

    private int SizeFor(long step, Rng rng) => Math.Min(_options.Sizes.At(step, rng), _counts.Trials);
}
