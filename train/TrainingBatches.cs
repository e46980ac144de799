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
    public TrainingBatches(TrialTensor counts, TrainOptions options, Filling filling, RunProgress? from, TrialTensor? taught = null)
    {
        if (options.Augmentation.Jitter >= counts.Bins)
        {
            throw new UsageException("TRAIN.JITTER", $"is {options.Augmentation.Jitter}, expected less than the {counts.Bins} bins of a trial");
        }

        (_counts, _options, _filling, _taught) = (counts, options, filling, taught);
        _sampler = from is null ? new TrialSampler(counts.Trials, new Rng(options.Seed, "trials")) : new TrialSampler(counts.Trials, from.Sampler);
        _masks = from is null ? new Rng(options.Seed, "masks") : Rng.FromState(from.MaskStream);
        _streams = new[] { Ratio, Tokens, Flips, Jitter, Silenced, Sizes, Dropout }.ToDictionary(
            purpose => purpose,
            purpose => from?.BatchStreams.GetValueOrDefault(purpose) is ulong[] state ? Rng.FromState(state) : new Rng(options.Seed, purpose));

        _largestCount = (int)counts.Values.Max();
        _batch = Room(Math.Min(options.Sizes.Largest, counts.Trials));
    }

    /// <summary>The newest batch's first trial, [bin, unit]: true where a count is hidden, or spikes were taken out, and counts in the loss.</summary>
    public ReadOnlySpan<bool> FirstMask => _batch.Mask.AsSpan(0, _batch.Shape.PerTrial);

    /// <summary>A few trials of the newest batch, for people to look at.</summary>
    /// <param name="input">What <see cref="Next"/> filled: [unit, bin, trial], and the mask's channels, if any.</param>
    public BatchSample Sample(ReadOnlySpan<float> input) => BatchSample.Of(_counts, _batch.Dealt, _batch.Mask, input[.._batch.Shape.Count]);

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
    /// <param name="input">[unit, bin, trial]: what the network sees; with <see cref="MaskFill.Channel"/> the mask, 1 = hidden, as as many units more.</param>
    /// <param name="weights">[unit, bin, trial]: each entry's weight in the loss.</param>
    /// <param name="weightedCounts">[unit, bin, trial]: what is to be predicted, times its weight.</param>
    public void Next(long step, Span<float> input, Span<float> weights, Span<float> weightedCounts)
    {
        int trials = weights.Length / (_counts.Bins * _counts.Units);
        if (trials != _batch.Shape.Trials)
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
            _options.Masking.Draw(_batch.Mask, _batch.Shape, ratio, step, _masks);
            Hide(_options.VisibleScale(ratio));
            if (_taught is not null)
            {
                _batch.Taught.Values.CopyTo(_batch.Target.Values, 0);
            }

            Weigh();
        }

        Turn(_batch.Input, input[.._batch.Shape.Count]);
        Turn(_batch.Weights, weights);
        Turn(_batch.Target, weightedCounts);
        SilenceUnits(input[.._batch.Shape.Count]);
        if (_options.MaskFill == MaskFill.Channel)
        {
            Array.Fill(_batch.MaskChannels.Values, 1);
            Selection.ZeroElsewhere(_batch.MaskChannels.Values, _batch.Hidden);
            Turn(_batch.MaskChannels, input[_batch.Shape.Count..]);
        }
    }

    /// <summary>Copies the dealt trials into the target, each flipped and moved as drawn.</summary>
    private void Augment()
    {
        (double flip, int jitter, _) = _options.Augmentation;
        for (int trial = 0; trial < _batch.Shape.Trials; trial++)
        {
            bool isFlipped = flip > 0 && _streams[Flips].NextDouble() < flip;
            int shift = jitter > 0 ? _streams[Jitter].NextInt((2 * jitter) + 1) - jitter : 0;
            _batch.Covered[trial] = Augmentation.Arrange(_counts.Trial(_batch.Dealt[trial]), _batch.Shape.Units, isFlipped, shift, _batch.Target.Trial(trial));
            if (_taught is not null)
            {
                Augmentation.Arrange(_taught.Trial(_batch.Dealt[trial]), _batch.Shape.Units, isFlipped, shift, _batch.Taught.Trial(trial));
            }
        }
    }

    /// <summary>Makes the input from the target: masked entries and bins without data filled, the others scaled.</summary>
    private void Hide(float scale)
    {
        TensorPrimitives.Multiply(_batch.Target.Values, scale, _batch.Input.Values);
        _batch.Mask.CopyTo(_batch.Hidden, 0);
        for (int trial = 0; trial < _batch.Shape.Trials; trial++)
        {
            Span<bool> mask = OfTrial(_batch.Mask, trial), hidden = OfTrial(_batch.Hidden, trial);
            foreach (Range empty in Uncovered(trial))
            {
                mask[empty].Clear();
                hidden[empty].Fill(true);
            }

            _filling.Apply(_batch.Input.Trial(trial), hidden);
            _options.MaskTokens.Apply(_batch.Input.Trial(trial), hidden, mask, _batch.Target.Trial(trial), _largestCount, scale, _streams[Tokens]);
        }
    }

    /// <summary>The loss is a mean over the masked entries, or over all that hold data.</summary>
    private void Weigh()
    {
        bool isOfAll = _options.LossOn == LossEntries.All;
        // Where jitter has left no bin of the mask there is nothing to learn from this batch: all weights are zero.
        float weight = 1f / Math.Max(1, isOfAll ? CoveredEntries() : _batch.Mask.AsSpan().Count(true));
        if (isOfAll)
        {
            WeighCovered(weight);
        }
        else
        {
            Array.Fill(_batch.Weights.Values, weight);
            Selection.ZeroElsewhere(_batch.Weights.Values, _batch.Mask);
        }

        TensorPrimitives.Multiply(_batch.Weights.Values, _batch.Target.Values, _batch.Target.Values);
    }

    /// <summary>Shares the spikes out between input and target: the removed ones are predicted by the ratio's share of the rate.</summary>
    /// <remarks>Up to a constant, their loss is ratio·exp(z) − removed·z per entry; its mean over all entries is what is minimised.</remarks>
    private void Thin(double ratio)
    {
        float scale = _options.VisibleScale(ratio);
        (float[] input, float[] target) = (_batch.Input.Values, _batch.Target.Values);
        for (int i = 0; i < target.Length; i++)
        {
            float removed = Thinning.DrawRemoved(target[i], ratio, _masks);
            input[i] = scale * (target[i] - removed);
            _batch.Mask[i] = removed > 0;
            target[i] = _taught is null ? removed : (float)ratio * _batch.Taught.Values[i];
        }

        int entries = CoveredEntries();
        WeighCovered((float)(ratio / entries));
        TensorPrimitives.Multiply(target, 1f / entries, target);
    }

    /// <summary>Gives every entry that holds data the same weight.</summary>
    private void WeighCovered(float weight)
    {
        Array.Fill(_batch.Weights.Values, weight);
        for (int trial = 0; trial < _batch.Shape.Trials; trial++)
        {
            foreach (Range empty in Uncovered(trial))
            {
                _batch.Weights.Trial(trial)[empty].Clear();
            }
        }
    }

    private void SilenceUnits(Span<float> input)
    {
        double probability = _options.Augmentation.UnitDropout;
        if (probability == 0)
        {
            return;
        }

        int perUnit = _batch.Shape.Bins * _batch.Shape.Trials;
        for (int unit = 0; unit < _batch.Shape.Units; unit++)
        {
            if (_streams[Silenced].NextDouble() < probability)
            {
                input.Slice(unit * perUnit, perUnit).Clear();
            }
        }
    }

    /// <summary>The entries of a trial's bins before and after its data.</summary>
    private Range[] Uncovered(int trial)
    {
        (int first, int bins) = _batch.Covered[trial].GetOffsetAndLength(_batch.Shape.Bins);
        return bins == _batch.Shape.Bins ? [] : new[] { Range.EndAt(first * _batch.Shape.Units), Range.StartAt((first + bins) * _batch.Shape.Units) };
    }

    private int CoveredEntries() => _batch.Covered.Sum(covered => covered.GetOffsetAndLength(_batch.Shape.Bins).Length) * _batch.Shape.Units;

    private Span<bool> OfTrial(bool[] entries, int trial) => entries.AsSpan(trial * _batch.Shape.PerTrial, _batch.Shape.PerTrial);

    private int SizeFor(long step, Rng rng) => Math.Min(_options.Sizes.At(step, rng), _counts.Trials);

    private BatchBuffers Room(int trials) => new(new BatchShape(trials, _counts.Bins, _counts.Units));

    private void Turn(TrialTensor batch, Span<float> destination) => TrialBatch.Gather(batch, _batch.Places, _batch.Shape.Trials, destination);
}
