using System.Runtime.CompilerServices;
using System.Text.Json;
using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Core;

/// <summary>Numbers made by numpy, scipy and scikit-learn, of tests/golden/scores unless another folder is named (the scripts lie beside them).</summary>
internal static class ScoreGolden
{
    public static JsonElement Read(string file, string folder = "scores", [CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "..", "golden", folder, file);
        return JsonDocument.Parse(File.ReadAllText(path)).RootElement;
    }

    public static double[] Doubles(this JsonElement parent, string name) =>
        [.. parent.GetProperty(name).EnumerateArray().Select(e => e.ValueKind == JsonValueKind.Null ? double.NaN : e.GetDouble())];

    public static float[] Floats(this JsonElement parent, string name) => [.. parent.Doubles(name).Select(x => (float)x)];

    public static double Double(this JsonElement parent, string name) => parent.GetProperty(name).GetDouble();

    /// <summary>The array <paramref name="name"/>, shaped by the array <paramref name="shape"/>.</summary>
    public static TrialTensor Tensor(this JsonElement parent, string name, string shape = "shape")
    {
        int[] n = [.. parent.GetProperty(shape).EnumerateArray().Select(e => e.GetInt32())];
        return new TrialTensor(n[0], n[1], n[2], parent.Floats(name));
    }

    /// <summary>Each number within the tolerance (absolute, or relative above 1); NaN only where NaN is expected.</summary>
    public static void Close(double[] expected, IEnumerable<double> actual, double tolerance)
    {
        double[] found = [.. actual];
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < found.Length; i++)
        {
            bool close = double.IsNaN(expected[i])
                ? double.IsNaN(found[i])
                : Math.Abs(expected[i] - found[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i]));
            Assert.True(close, $"[{i}]: expected {expected[i]:R}, found {found[i]:R}, tolerance {tolerance}");
        }
    }
}
