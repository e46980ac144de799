namespace UnetSpikes.Core;

/// <summary>How far apart float32 numbers are in units in the last place: 1 for neighbours.</summary>
/// <remarks>Fair to numbers of any magnitude, but not across zero: between −1e-30 and 1e-30 lie more numbers than between 1 and 2.</remarks>
public static class UlpDistance
{
    /// <summary>Representable numbers from one to the other.</summary>
    /// <param name="a">One number; −0 is 0.</param>
    /// <param name="b">The other.</param>
    /// <returns>At least 0; 0 for two NaN, and <see cref="long.MaxValue"/> for one.</returns>
    public static long Between(float a, float b) => float.IsNaN(a) || float.IsNaN(b)
        ? (float.IsNaN(a) && float.IsNaN(b) ? 0 : long.MaxValue)
        : Math.Abs(Place(a) - Place(b));

    /// <summary>The distance that a share of pairs does not exceed (the nearest rank).</summary>
    /// <param name="distances">Any number from 1 on; sorted in place.</param>
    /// <param name="share">Above 0, at most 1.</param>
    public static long Percentile(long[] distances, double share)
    {
        ArgumentOutOfRangeException.ThrowIfZero(distances.Length, nameof(distances));
        Array.Sort(distances);
        return distances[(int)Math.Ceiling(share * distances.Length) - 1];
    }

    // The bits of positive numbers count upwards from zero; a negative number's are its absolute value's behind a sign.
    private static long Place(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        return bits >= 0 ? bits : -(long)(bits & int.MaxValue);
    }
}
