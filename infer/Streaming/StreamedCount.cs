using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Streaming;

/// <summary>What may stand for a count in a stream: a whole number of spikes, or NaN.</summary>
internal static class StreamedCount
{
    private const float Largest = 1 << 24; // As in files: float32 holds every whole number up to here.

    /// <summary>Whether it is one.</summary>
    public static bool IsValid(float count) => float.IsNaN(count) || (count >= 0 && count <= Largest && count == MathF.Floor(count));

    /// <summary>That it is none.</summary>
    public static DataFormatException Error(string client, long bin, int unit, float count) => new(
        client, string.Create(CultureInfo.InvariantCulture, $"bin {bin}"), string.Create(CultureInfo.InvariantCulture, $"has {count} for unit {unit}, expected a whole spike count of at least 0, or NaN"));
}
