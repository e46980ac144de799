using System.Numerics;

namespace UnetSpikes.Core;

/// <summary>A seeded stream of random numbers whose state can be saved: xoshiro256** (Blackman and Vigna 2018).</summary>
/// <remarks>
/// One stream per purpose (init, shuffle, mask, dropout), all derived from one seed, so that drawing one more mask
/// never changes the order of the trials. The same seed gives the same numbers on every platform and runtime version.
/// </remarks>
public sealed class Rng
{
    private readonly ulong[] _state = new ulong[4];

    /// <summary>Starts the stream named <paramref name="purpose"/> of a seed.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for; streams of different purposes are independent.</param>
    public Rng(ulong seed, string purpose)
    {
        // FNV-1a folds the name in; SplitMix64 spreads the result over the state, as the authors advise.
        ulong mix = 14695981039346656037UL;
        foreach (char c in purpose)
        {
            mix = (mix ^ c) * 1099511628211UL;
        }

        mix ^= seed * 0x9E3779B97F4A7C15UL;
        for (int i = 0; i < 4; i++)
        {
            mix += 0x9E3779B97F4A7C15UL;
            ulong z = mix;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            _state[i] = z ^ (z >> 31);
        }
    }

    private Rng(ReadOnlySpan<ulong> state) => state.CopyTo(_state);

    /// <summary>The stream's state: four words that <see cref="FromState"/> continues from.</summary>
    public ulong[] State => [.. _state];

    /// <summary>Continues a stream from its saved state.</summary>
    /// <param name="state">Four words, not all zero.</param>
    public static Rng FromState(ReadOnlySpan<ulong> state)
    {
        if (state.Length != 4 || !state.ContainsAnyExcept(0UL))
        {
            throw new ArgumentException("a stream's state is four words, not all zero", nameof(state));
        }

        return new Rng(state);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong[] s = _state;
        ulong result = BitOperations.RotateLeft(s[1] * 5, 7) * 9;
        ulong t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = BitOperations.RotateLeft(s[3], 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, 1), 24 bits.</summary>
    public float NextSingle() => (NextUInt64() >> 40) * (1.0f / (1 << 24));

    /// <summary>Fills with true, each with the same probability: what <see cref="NextSingle"/> would say one by one, several times as fast.</summary>
    /// <param name="values">Overwritten.</param>
    /// <param name="probability">Of true, from 0 to 1.</param>
    public void NextBernoulli(Span<bool> values, double probability)
    {
        // u · 2⁻²⁴ < p is u < ⌈p · 2²⁴⌉ for a whole u. The state stays in registers instead of going through memory with each number.
        ulong limit = (ulong)Math.Ceiling(probability * (1 << 24));
        (ulong s0, ulong s1, ulong s2, ulong s3) = (_state[0], _state[1], _state[2], _state[3]);
        foreach (ref bool value in values)
        {
            value = BitOperations.RotateLeft(s1 * 5, 7) * 9 >> 40 < limit;
            ulong t = s1 << 17;
            s2 ^= s0;
            s3 ^= s1;
            s1 ^= s2;
            s0 ^= s3;
            s2 ^= t;
            s3 = BitOperations.RotateLeft(s3, 45);
        }

        (_state[0], _state[1], _state[2], _state[3]) = (s0, s1, s2, s3);
    }

    /// <summary>Uniform in 0 … <paramref name="count"/> − 1, without bias.</summary>
    /// <param name="count">At least 1.</param>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ulong bound = (ulong)count;
        ulong threshold = (0UL - bound) % bound;
        while (true)
        {
            ulong r = NextUInt64();
            if (r >= threshold)
            {
                return (int)(r % bound);
            }
        }
    }

    /// <summary>Standard normal (Box and Muller's transform; the second value is not kept, so the state stays four words).</summary>
    public double NextNormal() =>
        Math.Sqrt(-2.0 * Math.Log(1.0 - NextDouble())) * Math.Cos(2.0 * Math.PI * NextDouble());

    /// <summary>A Poisson count.</summary>
    /// <param name="mean">Expected count, at least 0 and finite.</param>
    /// <remarks>Knuth's product of uniforms, in pieces of 16 so that exp(−mean) cannot underflow; exact for any mean.</remarks>
    public int NextPoisson(double mean)
    {
        if (!(mean >= 0 && double.IsFinite(mean)))
        {
            throw new ArgumentOutOfRangeException(nameof(mean), mean, "expected a mean count of at least 0");
        }

        int count = 0;
        for (double left = mean; left > 0; left -= 16)
        {
            double limit = Math.Exp(-Math.Min(left, 16));
            for (double product = NextDouble(); product > limit; product *= NextDouble())
            {
                count++;
            }
        }

        return count;
    }

    /// <summary>Puts the items into random order, in place (Fisher and Yates).</summary>
    /// <param name="items">Reordered.</param>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
