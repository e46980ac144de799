using UnetSpikes.Core;

namespace UnetSpikes.Train;

/// <summary>Deals trials in random order, each once before any comes again; batches run on across the end of an epoch.</summary>
public sealed class TrialSampler
{
    private readonly int[] _order;
    private readonly Rng _rng;
    private ulong[] _epochStart = [];
    private int _position;

    /// <summary>Starts dealing.</summary>
    /// <param name="trials">Trials there are, at least 1.</param>
    /// <param name="rng">The stream for shuffling.</param>
    public TrialSampler(int trials, Rng rng)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        _order = new int[trials];
        _rng = rng;
        Shuffle();
    }

    /// <summary>Continues where a saved sampler stood.</summary>
    /// <param name="trials">Trials there are; the same as then.</param>
    /// <param name="position">See <see cref="Position"/>.</param>
    public TrialSampler(int trials, SamplerPosition position)
        : this(trials, Rng.FromState(position.EpochStart))
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)position.Dealt, (uint)trials);
        _position = position.Dealt;
    }

    /// <summary>Where the sampler stands.</summary>
    public SamplerPosition Position => new([.. _epochStart], _position);

    /// <summary>Deals the next trials.</summary>
    /// <param name="batch">Filled with trial indices.</param>
    public void Next(Span<int> batch)
    {
        foreach (ref int trial in batch)
        {
            if (_position == _order.Length)
            {
                Shuffle();
            }

            trial = _order[_position++];
        }
    }

    private void Shuffle()
    {
        _epochStart = _rng.State;
        for (int i = 0; i < _order.Length; i++)
        {
            _order[i] = i;
        }

        _rng.Shuffle(_order.AsSpan());
        _position = 0;
    }
}

/// <summary>Where a sampler stands: the stream as it was before this epoch's shuffle, and how many trials were dealt since.</summary>
/// <param name="EpochStart">The stream's state.</param>
/// <param name="Dealt">Trials dealt in this epoch.</param>
public sealed record SamplerPosition(ulong[] EpochStart, int Dealt);
