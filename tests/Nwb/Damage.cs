using System.Buffers.Binary;
using UnetSpikes.Core;

namespace UnetSpikes.Tests.Nwb;

/// <summary>Ways in which files go bad: flipped bits, lost ends, blocks overwritten by zeros, by other blocks, by impossible numbers.</summary>
internal static class Damage
{
    public static byte[] Of(byte[] whole, Rng rng)
    {
        byte[] bytes = [.. whole];
        switch (rng.NextInt(6))
        {
            case 0:
                return bytes[..rng.NextInt(bytes.Length)];
            case 1:
                for (int i = rng.NextInt(8); i >= 0; i--)
                {
                    bytes[rng.NextInt(bytes.Length)] ^= (byte)(1 << rng.NextInt(8));
                }

                return bytes;
            case 2:
                Block(bytes, rng).Clear();
                return bytes;
            case 3:
                Span<byte> target = Block(bytes, rng);
                whole.AsSpan(rng.NextInt(whole.Length - target.Length), target.Length).CopyTo(target);
                return bytes;
            case 4:
                long[] impossible = [-1, long.MaxValue, int.MaxValue, 1L << 40, bytes.Length];
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(rng.NextInt(bytes.Length - 8)), impossible[rng.NextInt(impossible.Length)]);
                return bytes;
            default:
                for (int i = 0; i < 32; i++)
                {
                    bytes[rng.NextInt(bytes.Length)] = (byte)rng.NextInt(256);
                }

                return bytes;
        }
    }

    private static Span<byte> Block(byte[] bytes, Rng rng)
    {
        int length = 1 + rng.NextInt(64);
        return bytes.AsSpan(rng.NextInt(bytes.Length - length), length);
    }
}
