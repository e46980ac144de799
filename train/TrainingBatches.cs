using System.Numerics.Tensors;
using UnetSpikes.Core;
using UnetSpikes.Models.Runs;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>Makes the batches of a run: deals trials, augments them, hides a part, and lays all out as the training graph wants it.</summary>
/// <remarks>
/// Everything is computed trial by trial as [bin, unit] and turned into the graph's [unit, bin, trial] at the end. Each kind of
/// choice has a random stream of its own, so that switching one on leaves the others' draws as they were.
/// </remarks>
public sealed class TrainingBatches
{
    private const string Ratio = "mask ratio", Tokens = "mask tokens", Flips = "flips", Jitter = "jitter", Silenced = "unit dropout", Sizes = "batch sizes",
        Dropout = "dropout";

    private readonly TrialTensor _counts;
    private readonly ObservedPart _observed;
    private readonly bool _hasGaps;
    private readonly LossWeights _weights;
    private readonly TrainOptions _options;
    private readonly Filling _filling;
    private readonly TrialSampler _sampler;
    private readonly Rng _masks;
    private readonly Dictionary<string, Rng> _streams;
    private readonly TrialTensor? _taught;
    private readonly int _largestCount;
    private BatchBuffers _batch;

    /// <summary>Starts at the first batch, or goes on after the last one of a run that was saved.</summary>
    /// <param name="counts">The training trials, [trial, bin, unit].</param>
    /// <param name="options">What to draw.</param>
    /// <param name="filling">What hidden entries become.</param>
    /// <param name="from">Where the saved run stood; null for a new one.</param>
    /// <param name="taught">What is to be predicted in place of the counts, in spikes per bin, of the same shape; null = the counts.</param>
    /// <param name="observed">What of the trials the network sees: the rest is only predicted; null = all.</param>
    public TrainingBatches(TrialTensor counts, TrainOptions options, Filling filling, RunProgress? from, TrialTensor? taught = null, ObservedPart? observed = null)
    {
        if (options.Augmentation.Jitter >= counts.Bins)
        {
            throw new UsageException("TRAIN.JITTER", $"is {options.Augmentation.Jitter}, expected less than the {counts.Bins} bins of a trial");
        }

        (_counts, _options, _filling, _taught) = (counts, options, filling, taught);
        _observed = observed ?? new ObservedPart(counts.Bins, counts.Units);
        _hasGaps = counts.HasGaps();
        _weights = new LossWeights(options.HeldOutWeight, options.ForwardWeight);
        _sampler = from is null ? new TrialSampler(counts.Trials, new Rng(options.Seed, "trials")) : new TrialSampler(counts.Trials, from.Sampler);
        _masks = from is null ? new Rng(options.Seed, "masks") : Rng.FromState(from.MaskStream);
        _streams = new[] { Ratio, Tokens, Flips, Jitter, Silenced, Sizes, Dropout }.ToDictionary(
            purpose => purpose,
            purpose => from?.BatchStreams.GetValueOrDefault(purpose) is ulong[] state ? Rng.FromState(state) : new Rng(options.Seed, purpose));

        _largestCount = (int)_observed.Of(counts).Values.Where(count => !float.IsNaN(count)).DefaultIfEmpty().Max();
        _batch = Room(Math.Min(options.Sizes.Largest, counts.Trials));
    }

    /// <summary>The newest batch's first trial, [bin, unit] of what the network sees: true where a count is hidden, or spikes were taken out, and counts in the loss.</summary>
    public ReadOnlySpan<bool> FirstMask => _batch.Mask.AsSpan(0, _batch.SeenShape.PerTrial);

    /// <summary>A few trials of the newest batch, for people to look at.</summary>
    /// <param name="input">What <see cref="Next"/> filled: [unit, bin, trial], and the mask's channels, if any.</param>
    public BatchSample Sample(ReadOnlySpan<float> input) => BatchSample.Of(_counts, _observed, _batch.Dealt, _batch.Mask, input[.._batch.SeenShape.Count]);

    /// <summary>Where the network's own dropout draws from (<see cref="TrainingStep.DrawDropout"/>), whatever the size of the batch; saved as the others are.</summary>
    public Rng DropoutStream => _streams[Dropout];

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
    /// <param name="step">Number of the update it is for, from 1.</param>
    /// <param name="input">[unit, bin, trial] of what the network sees; with <see cref="MaskFill.Channel"/> the mask, 1 = hidden, as as many units more.</param>
    /// <param name="weights">[unit, bin, trial]: each entry's weight in the loss.</param>
    /// <param name="weightedCounts">[unit, bin, trial]: what is to be predicted, times its weight.</param>
    public void Next(long step, Span<float> input, Span<float> weights, Span<float> weightedCounts)
    {
        int trials = weights.Length / (_counts.Bins * _counts.Units);
        if (trials != _batch.Whole.Trials)
        {
            _batch = Room(trials);
        }

        _sampler.Next(_batch.Dealt);
        Augment();
        double ratio = _options.Masking.Ratio.At(step, _options.Updates, _streams[Ratio]);
        if (_options.Masking.Mode == MaskMode.Thin)
        {
            Thin(ratio);
        }
        else
        {
            _options.Masking.Draw(_batch.Mask, _batch.SeenShape, ratio, step, _masks);
            Hide(_options.VisibleScale(ratio));
            _weights.Weigh(_batch, _options.LossOn == LossEntries.All ? NoteRecorded() : _batch.Mask);
            Teach(1);
        }

        TensorPrimitives.Multiply(_batch.Weights.Values, _batch.Target.Values, _batch.Target.Values);
        Turn(_batch.Input, input[.._batch.SeenShape.Count]);
        Turn(_batch.Weights, weights);
        Turn(_batch.Target, weightedCounts);
        SilenceUnits(input[.._batch.SeenShape.Count]);
        if (_options.MaskFill == MaskFill.Channel)
        {
            Array.Fill(_batch.MaskChannels.Values, 1);
            Selection.ZeroElsewhere(_batch.MaskChannels.Values, _batch.Hidden);
            Turn(_batch.MaskChannels, input[_batch.SeenShape.Count..]);
        }
    }

    /// <summary>Copies the dealt trials into the target, each flipped and moved as drawn; what the network sees of them lies apart where it is not all.</summary>
    private void Augment()
    {
        (double flip, int jitter, _) = _options.Augmentation;
        for (int trial = 0; trial < _batch.Whole.Trials; trial++)
        {
            bool isFlipped = flip > 0 && _streams[Flips].NextDouble() < flip;
            int shift = jitter > 0 ? _streams[Jitter].NextInt((2 * jitter) + 1) - jitter : 0;
            _batch.Covered[trial] = Augmentation.Arrange(_counts.Trial(_batch.Dealt[trial]), _batch.Whole.Units, isFlipped, shift, _batch.Target.Trial(trial));
            if (_taught is not null)
            {
                Augmentation.Arrange(_taught.Trial(_batch.Dealt[trial]), _batch.Whole.Units, isFlipped, shift, _batch.Taught.Trial(trial));
            }
        }

        _batch.TakeSeen();
    }

    /// <summary>Makes the input from what is seen: masked entries and bins without data filled, the others scaled; a gap is silence, whatever the fill.</summary>
    private void Hide(float scale)
    {
        TensorPrimitives.Multiply(_batch.Seen.Values, scale, _batch.Input.Values);
        _batch.Mask.CopyTo(_batch.Hidden, 0);
        for (int trial = 0; trial < _batch.Whole.Trials; trial++)
        {
            Span<bool> mask = OfTrial(_batch.Mask, trial), hidden = OfTrial(_batch.Hidden, trial);
            Span<float> seen = _batch.Seen.Trial(trial), input = _batch.Input.Trial(trial);
            foreach (Range empty in _batch.Uncovered(trial, _batch.SeenShape))
            {
                mask[empty].Clear();
                hidden[empty].Fill(true);
            }

            if (_hasGaps)
            {
                Gaps.Hide(seen, mask, hidden);
            }

            _filling.Apply(input, hidden);
            _options.MaskTokens.Apply(input, hidden, mask, seen, _largestCount, scale, _streams[Tokens]);
            if (_hasGaps)
            {
                Gaps.Silence(seen, input, hidden);
            }
        }
    }

    /// <summary>Shares the spikes out between input and target: the removed ones are predicted by the ratio's share of the rate.</summary>
    /// <remarks>Up to a constant, their loss is ratio·exp(z) − removed·z per entry; its mean over all entries is what is minimised.</remarks>
    private void Thin(double ratio)
    {
        float scale = _options.VisibleScale(ratio);
        (float[] input, float[] seen) = (_batch.Input.Values, _batch.Seen.Values);
        bool[] recorded = NoteRecorded();
        for (int i = 0; i < seen.Length; i++)
        {
            float removed = Thinning.DrawRemoved(seen[i], ratio, _masks);
            input[i] = float.IsNaN(seen[i]) ? 0 : scale * (seen[i] - removed);
            _batch.Mask[i] = removed > 0;
            seen[i] = removed;
        }

        _batch.PutSeenBack();
        _weights.Weigh(_batch, recorded, ratio);
        Teach(ratio);
        // The weights hold the ratio's share already; the removed spikes are all of the target.
        _batch.ScaleSeen(_batch.Target, (float)(1 / ratio));
    }

    /// <summary>A teacher's rates take the place of what was recorded; of what is seen, the share that is to be predicted.</summary>
    private void Teach(double share)
    {
        if (_taught is not null)
        {
            _batch.Taught.Values.CopyTo(_batch.Target.Values, 0);
            _batch.ScaleSeen(_batch.Target, (float)share);
        }

        if (_hasGaps)
        {
            Gaps.Zero(_batch.Target.Values);
        }
    }

    /// <summary>The seen entries that hold data: all but the bins that jitter left empty, and gaps.</summary>
    private bool[] NoteRecorded()
    {
        Array.Fill(_batch.Recorded, true);
        for (int trial = 0; trial < _batch.Whole.Trials; trial++)
        {
            Span<bool> recorded = OfTrial(_batch.Recorded, trial);
            foreach (Range empty in _batch.Uncovered(trial, _batch.SeenShape))
            {
                recorded[empty].Clear();
            }

            if (_hasGaps)
            {
                Gaps.Leave(_batch.Seen.Trial(trial), recorded);
            }
        }

        return _batch.Recorded;
    }

    private void SilenceUnits(Span<float> input)
    {
        double probability = _options.Augmentation.UnitDropout;
        if (probability == 0)
        {
            return;
        }

        int perUnit = _batch.SeenShape.Bins * _batch.SeenShape.Trials;
        for (int unit = 0; unit < _batch.SeenShape.Units; unit++)
        {
            if (_streams[Silenced].NextDouble() < probability)
            {
                input.Slice(unit * perUnit, perUnit).Clear();
            }
        }
    }

    private Span<bool> OfTrial(bool[] entries, int trial) => entries.AsSpan(trial * _batch.SeenShape.PerTrial, _batch.SeenShape.PerTrial);

    private int SizeFor(long step, Rng rng) => Math.Min(_options.Sizes.At(step, rng), _counts.Trials);

    private BatchBuffers Room(int trials) => new(new BatchShape(trials, _counts.Bins, _counts.Units), new BatchShape(trials, _observed.Bins, _observed.Units));

    private void Turn(TrialTensor batch, Span<float> destination) => TrialBatch.Gather(batch, _batch.Places, _batch.Whole.Trials, destination);
}
