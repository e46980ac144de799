using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using UnetSpikes.Tests.Infer;
using Xunit;

namespace UnetSpikes.Tests.Web;

/// <summary>What <c>infer --latents</c> writes for a recording, and whether a download of the page says the same.</summary>
internal static class InferredFiles
{
    // Two builds of ONNX Runtime, float32 sums in another order; rates here are below 30 spikes per bin.
    public const double Tolerance = 1e-5;

    /// <summary>Runs <c>infer --latents</c> beside the recording.</summary>
    /// <returns>The file it wrote.</returns>
    public static string Infer(string model, string input, params string[] more)
    {
        string output = Path.Combine(Path.GetDirectoryName(input)!, "inferred");
        (int code, _, string error) = TestRecordings.Run(["--model", model, "--input", input, "--out", output, "--latents", "--quiet", "--threads", "1", "--device", "cpu", .. more]);
        Assert.True(code == 0, error);
        return Path.Combine(output, Path.GetFileNameWithoutExtension(input) + ".rates.h5");
    }

    /// <summary>Insists that a download has the units, attributes, arrays and values that <c>infer</c> gives for one array of counts.</summary>
    /// <param name="inferred">What <c>infer</c> wrote; it may have more arrays.</param>
    /// <param name="downloaded">What the page gave: rates and latents.</param>
    public static void AssertAgree(string inferred, string downloaded)
    {
        using RatesFile expected = RatesFile.Open(inferred), actual = RatesFile.Open(downloaded);
        Assert.Equal(expected.Header.UnitIds, actual.Header.UnitIds);
        Assert.Equal(expected.Header with { UnitIds = [], ProvenanceJson = "" }, actual.Header with { UnitIds = [], ProvenanceJson = "" });
        Assert.Equal([RatesKind.Latents, RatesKind.Rates], actual.Arrays.Select(array => array.Kind).Order().Reverse());
        using Hdf5File expectedRaw = Hdf5File.OpenRead(inferred), actualRaw = Hdf5File.OpenRead(downloaded);
        SameAttributes("/", "format", "bin_ms", "rates_unit", "hz_per_rate", "held_out_units", "provenance");
        foreach (RatesArray array in actual.Arrays)
        {
            RatesArray other = expected.Array(array.Name);
            Assert.Equal(other.TrialIds, array.TrialIds);
            Assert.Equal(other with { TrialIds = null }, array with { TrialIds = null });
            SameAttributes("/" + array.Name, "kind", "bin_ms", "rates_unit", "hz_per_rate", "forward_bins");
            Assert.Equal(expected.ReadAll(array.Name).Values, actual.ReadAll(array.Name).Values, (e, a) => (float.IsNaN(e) && float.IsNaN(a)) || Math.Abs(e - a) < Tolerance);
        }

        void SameAttributes(string owner, params string[] names) => Assert.All(names, name =>
            Assert.Equal((name, expectedRaw.HasAttribute(owner, name)), (name, actualRaw.HasAttribute(owner, name))));
    }
}
