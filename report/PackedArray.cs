using System.Buffers.Binary;
using UnetSpikes.Core;

namespace UnetSpikes.Report;

/// <summary>Numbers as the page carries them: base64 of little-endian float16 or of bytes. Page/packed.js unpacks them.</summary>
/// <param name="Type">"f16", or "u8": bytes between <paramref name="Low"/> (0) and <paramref name="High"/> (255).</param>
/// <param name="Shape">Sizes, outermost first; numbers are row-major.</param>
/// <param name="Low">What byte 0 stands for.</param>
/// <param name="High">What byte 255 stands for.</param>
/// <param name="Data">Base64.</param>
public sealed record PackedArray(string Type, int[] Shape, double Low, double High, string Data)
{
    /// <summary>Three significant digits are more than a curve shows.</summary>
    /// <param name="values">[trial, bin, unit].</param>
    public static PackedArray Halves(TrialTensor values)
    {
        var bytes = new byte[2 * values.Values.Length];
        for (int i = 0; i < values.Values.Length; i++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), (Half)values.Values[i]);
        }

        return new PackedArray("f16", [values.Trials, values.Bins, values.Units], 0, 0, Convert.ToBase64String(bytes));
    }

    /// <summary>Counts as they are; above 255 they are shown as 255, and what was not recorded (NaN) as 0.</summary>
    /// <param name="counts">[trial, bin, unit], whole numbers.</param>
    public static PackedArray Counts(TrialTensor counts) => Bytes(counts, 0, 255);

    /// <summary>In 256 steps between the smallest and the largest: enough for a picture.</summary>
    /// <param name="values">[trial, bin, unit].</param>
    public static PackedArray Picture(TrialTensor values)
    {
        float[] finite = [.. values.Values.Where(float.IsFinite)];
        return Bytes(values, finite.Length == 0 ? 0 : finite.Min(), finite.Length == 0 ? 1 : finite.Max());
    }

    private static PackedArray Bytes(TrialTensor values, double low, double high)
    {
        double scale = high > low ? 255 / (high - low) : 0;
        byte[] bytes = Array.ConvertAll(values.Values, v => float.IsNaN(v) ? (byte)0 : (byte)Math.Clamp(Math.Round((v - low) * scale), 0, 255));
        return new PackedArray("u8", [values.Trials, values.Bins, values.Units], low, high, Convert.ToBase64String(bytes));
    }
}
