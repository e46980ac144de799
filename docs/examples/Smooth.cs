using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace UnetSpikes.Examples;

/// <summary>A model in a C# program that has ONNX Runtime and nothing of UnetSpikes.</summary>
public static class Smooth
{
    /// <summary>Firing rates of one trial.</summary>
    /// <param name="modelPath">The exported model.</param>
    /// <param name="counts">Spikes per bin, row-major [bin, unit].</param>
    /// <param name="bins">Number of bins.</param>
    /// <returns>In Hz, row-major [bin, unit].</returns>
    public static float[] RatesHz(string modelPath, float[] counts, int bins)
    {
        using var session = new InferenceSession(modelPath);
        float binsPerSecond = 1000 / float.Parse(session.ModelMetadata.CustomMetadataMap["unet_spikes.bin_width_ms"], CultureInfo.InvariantCulture);
        using OrtValue spikes = OrtValue.CreateTensorValueFromMemory(counts, [1, bins, counts.Length / bins]); // [trial, bin, unit]
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["spikes"], [spikes], ["rates"]);
        return [.. outputs[0].GetTensorDataAsSpan<float>().ToArray().Select(rate => rate * binsPerSecond)]; // spikes per bin → Hz
    }
}
