using System.Numerics.Tensors;
using UnetSpikes.Core;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>Makes the batches of a run: deals trials, augments them, hides a part, and lays all out as the training graph wants it.</summary>
/// <remarks>
/// Everything is computed trial by trial as [bin, unit] and turned into the graph's [unit, bin, trial] at the end. Each kind of
/// choice has a random stream of its own, so that switching one on leaves the others' draws as they were.
/// </remarks>
public sealed class TrainingBatches
{
    private const string Ratio = "mask ratio", Tokens = "mask tokens", Flips = "flips", Jitter = "jitter", Silenced = "unit dropout";

    private readonly TrialTensor _counts;
    private readonly TrainOptions _options;
    private readonly Filling _filling;
    private readonly TrialSampler _sampler;
    private readonly Rng _masks;
    private readonly Dictionary<string, Rng> _streams;
    private readonly BatchShape _shape;
    private readonly int _largestCount;
    private readonly int[] _trials;

    // The batch as [trial, bin, unit]. Trial i of it is entry i: none is left out when it is turned.
    private readonly int[] _places;
    private readonly TrialTensor _target;
    private readonly TrialTensor _input;
    private readonly TrialTensor _weights;
    private readonly TrialTensor _maskChannels;
    private readonly bool[] _mask;
    private readonly bool[] _hidden;
    private readonly Range[] _covered;

    /// <summary>Starts at the first batch, or goes on after the last one of a run that was saved.</summary>
    /// <param name="counts">The training trials, [trial, bin, unit].</param>
    /// <param name="options">What to draw.</param>
    /// <param name="filling">What hidden entries become.</param>
    /// <param name="from">Where the saved run stood; null for a new one.</param>
    public TrainingBatches(TrialTensor counts, TrainOptions options, Filling filling, RunProgress? from)
    {
        if (options.Augmentation.Jitter >= counts.Bins)
        {
            throw new UsageException("TRAIN.JITTER", $"is {options.Augmentation.Jitter}, expected less than the {counts.Bins} bins of a trial");
        }

        (_counts, _options, _filling) = (counts, options, filling);
        _sampler = from is null ? new TrialSampler(counts.Trials, new Rng(options.Seed, "trials")) : new TrialSampler(counts.Trials, from.Sampler);
        _masks = from is null ? new Rng(options.Seed, "masks") : Rng.FromState(from.MaskStream);
        _streams = new[] { Ratio, Tokens, Flips, Jitter, Silenced }.ToDictionary(
            purpose => purpose,
            purpose => from?.BatchStreams.GetValueOrDefault(purpose) is ulong[] state ? Rng.FromState(state) : new Rng(options.Seed, purpose));

        _shape = new BatchShape(Math.Min(options.BatchSize, counts.Trials), counts.Bins, counts.Units);
        _largestCount = (int)counts.Values.Max();
        _trials = new int[_shape.Trials];
        _places = [.. Enumerable.Range(0, _shape.Trials)];
        _target = Scratch();
        _input = Scratch();
        _weights = Scratch();
        _maskChannels = Scratch();
        _mask = new bool[_shape.Count];
        _hidden = new bool[_shape.Count];
        _covered = new Range[_shape.Trials];
    }

    /// <summary>Trials per batch: the options' size, or all trials where there are fewer.</summary>
    public int BatchSize => _shape.Trials;

    /// <summary>The newest batch's first trial, [bin, unit]: true where a count is hidden, or spikes were taken out, and counts in the loss.</summary>
    public ReadOnlySpan<bool> FirstMask => _mask.AsSpan(0, _shape.PerTrial);

    /// <summary>A run's progress with where the dealing and the random streams stand now.</summary>
    /// <param name="progress">The progress so far; null at the start.</param>
    public RunProgress Save(RunProgress? progress) => (progress ?? new RunProgress { Sampler = _sampler.Position, MaskStream = _masks.State }) with
    {
        Sampler = _sampler.Position,
        MaskStream = _masks.State,
        BatchStreams = _streams.ToDictionary(stream => stream.Key, stream => stream.Value.State),
    };

    /// <summary>Makes the next batch.</summary>
    /// <param name="step">Number of the update it is for, from 1.</param>
    /// <param name="input">[unit, bin, trial]: what the network sees; with <see cref="MaskFill.Channel"/> the mask, 1 = hidden, as as many units more.</param>
    /// <param name="weights">[unit, bin, trial]: each entry's weight in the loss.</param>
    /// <param name="weightedCounts">[unit, bin, trial]: what is to be predicted, times its weight.</param>
    public void Next(long step, Span<float> input, Span<float> weights, Span<float> weightedCounts)
    {
        _sampler.Next(_trials);
        Augment();
        double ratio = _options.Masking.Ratio.At(step, _options.Updates, _streams[Ratio]);
        if (_options.Masking.Mode == MaskMode.Thin)
        {
            Thin(ratio);
        }
        else
        {
            _options.Masking.Draw(_mask, _shape, ratio, step, _masks);
            Hide(_options.VisibleScale(ratio));
            Weigh();
        }

        Turn(_input, input[.._shape.Count]);
        Turn(_weights, weights);
        Turn(_target, weightedCounts);
        SilenceUnits(input[.._shape.Count]);
        if (_options.MaskFill == MaskFill.Channel)
        {
            Array.Fill(_maskChannels.Values, 1);
            Selection.ZeroElsewhere(_maskChannels.Values, _hidden);
            Turn(_maskChannels, input[_shape.Count..]);
        }
    }

    /// <summary>Copies the dealt trials into the target, each flipped and moved as drawn.</summary>
    private void Augment()
    {
        (double flip, int jitter, _) = _options.Augmentation;
        for (int trial = 0; trial < _shape.Trials; trial++)
        {
            bool isFlipped = flip > 0 && _streams[Flips].NextDouble() < flip;
            int shift = jitter > 0 ? _streams[Jitter].NextInt((2 * jitter) + 1) - jitter : 0;
            _covered[trial] = Augmentation.Arrange(_counts.Trial(_trials[trial]), _shape.Units, isFlipped, shift, _target.Trial(trial));
        }
    }

    /// <summary>Makes the input from the target: masked entries and bins without data filled, the others scaled.</summary>
    private void Hide(float scale)
    {
        TensorPrimitives.Multiply(_target.Values, scale, _input.Values);
        _mask.CopyTo(_hidden, 0);
        for (int trial = 0; trial < _shape.Trials; trial++)
        {
            Span<bool> mask = OfTrial(_mask, trial), hidden = OfTrial(_hidden, trial);
            foreach (Range empty in Uncovered(trial))
            {
                mask[empty].Clear();
                hidden[empty].Fill(true);
            }

            _filling.Apply(_input.Trial(trial), hidden);
            _options.MaskTokens.Apply(_input.Trial(trial), hidden, mask, _target.Trial(trial), _largestCount, scale, _streams[Tokens]);
        }
    }

    /// <summary>The loss is a mean over the masked entries, or over all that hold data.</summary>
    private void Weigh()
    {
        bool isOfAll = _options.LossOn == LossEntries.All;
        // Where jitter has left no bin of the mask there is nothing to learn from this batch: all weights are zero.
        float weight = 1f / Math.Max(1, isOfAll ? CoveredEntries() : _mask.AsSpan().Count(true));
        if (isOfAll)
        {
            WeighCovered(weight);
        }
        else
        {
            Array.Fill(_weights.Values, weight);
            Selection.ZeroElsewhere(_weights.Values, _mask);
        }

        TensorPrimitives.Multiply(_weights.Values, _target.Values, _target.Values);
    }

    /// <summary>Shares the spikes out between input and target: the removed ones are predicted by the ratio's share of the rate.</summary>
    /// <remarks>Up to a constant, their loss is ratio·exp(z) − removed·z per entry; its mean over all entries is what is minimised.</remarks>
    private void Thin(double ratio)
    {
        float scale = _options.VisibleScale(ratio);
        (float[] input, float[] target) = (_input.Values, _target.Values);
        for (int i = 0; i < target.Length; i++)
        {
            float removed = Thinning.DrawRemoved(target[i], ratio, _masks);
            input[i] = scale * (target[i] - removed);
            _mask[i] = removed > 0;
            target[i] = removed;
        }

        int entries = CoveredEntries();
        WeighCovered((float)(ratio / entries));
        TensorPrimitives.Multiply(target, 1f / entries, target);
    }

    /// <summary>Gives every entry that holds data the same weight.</summary>
    private void WeighCovered(float weight)
    {
        Array.Fill(_weights.Values, weight);
        for (int trial = 0; trial < _shape.Trials; trial++)
        {
            foreach (Range empty in Uncovered(trial))
            {
                _weights.Trial(trial)[empty].Clear();
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

        int perUnit = _shape.Bins * _shape.Trials;
        for (int unit = 0; unit < _shape.Units; unit++)
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
        (int first, int bins) = _covered[trial].GetOffsetAndLength(_shape.Bins);
        return bins == _shape.Bins ? [] : new[] { Range.EndAt(first * _shape.Units), Range.StartAt((first + bins) * _shape.Units) };
    }

    private int CoveredEntries() => _covered.Sum(covered => covered.GetOffsetAndLength(_shape.Bins).Length) * _shape.Units;

    private Span<bool> OfTrial(bool[] entries, int trial) => entries.AsSpan(trial * _shape.PerTrial, _shape.PerTrial);

    private TrialTensor Scratch() => new(_shape.Trials, _shape.Bins, _shape.Units);

    private void Turn(TrialTensor batch, Span<float> destination) => TrialBatch.Gather(batch, _places, _shape.Trials, destination);
}
