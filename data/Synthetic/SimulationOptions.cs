using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Data.Synthetic;

/// <summary>Checks that the simulators' options share.</summary>
internal static class SimulationOptions
{
    /// <summary>Insists on a range.</summary>
    public static void Require(bool holds, string option, double value, string expected)
    {
        if (!holds)
        {
            throw new UsageException(option, $"{value.ToString(CultureInfo.InvariantCulture)} cannot be, expected {expected}");
        }
    }

    /// <summary>Insists on whole bins and on a data set that fits one array.</summary>
    public static void RequireSizes(int trials, int units, int durationMs, int binWidthMs)
    {
        Require(units >= 1, "--units", units, "at least 1");
        Require(binWidthMs >= 1, "--bin-ms", binWidthMs, "at least 1 ms");
        Require(durationMs >= binWidthMs && durationMs % binWidthMs == 0, "--duration-ms", durationMs, $"a multiple of the bin width, {binWidthMs} ms");
        double values = (double)trials * (durationMs / binWidthMs) * units;
        Require(values <= Array.MaxLength, "--trials", trials, $"at most {Array.MaxLength} counts in all, these are {values:0}");
    }
}
