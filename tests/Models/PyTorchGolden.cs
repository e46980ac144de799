using System.Runtime.CompilerServices;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Models;

namespace UnetSpikes.Tests.Models;

/// <summary>What PyTorch computed: the files of tests/golden/models, resunet and ndt (PROVENANCE.md says which is which).</summary>
internal sealed class PyTorchGolden : IDisposable
{
    private readonly Hdf5File _file;

    private PyTorchGolden(string name, string folder = "models", [CallerFilePath] string here = "") =>
        _file = Hdf5File.OpenRead(Path.Combine(Path.GetDirectoryName(here)!, "..", "golden", folder, name));

    public static PyTorchGolden UNet() => new("golden_unet.h5");

    public static PyTorchGolden Training() => new("golden_training.h5");

    public static PyTorchGolden Optimizers() => new("golden_optimizers.h5");

    public static PyTorchGolden ResUNet() => new("golden_resunet.h5", "resunet");

    public static PyTorchGolden ConvNext() => new("golden_convnext.h5", "resunet");

    public static PyTorchGolden Ndt() => new("golden_ndt.h5", "ndt");

    public void Dispose() => _file.Dispose();

    public double Attribute(string group, string name) => _file.ReadNumberAttribute(group, name);

    public string[] Cases() => [.. _file.Keys().Where(key => key.StartsWith("case_", StringComparison.Ordinal))];

    public string[] Groups() => [.. _file.Keys()];

    public double[] Doubles(string path) => _file.Dataset(path).Read<double>();

    public float[] Floats(string path) => _file.Dataset(path).Read<float>();

    public long[] Dims(string path) => [.. _file.Dataset(path).Shape];

    /// <summary>A state_dict: every array of a group, by PyTorch's name. Numbers become float32.</summary>
    public Dictionary<string, NamedArray> Arrays(string group) => _file.Keys(group)
        .Where(key => _file.HasDataset($"{group}/{key}"))
        .ToDictionary(key => key, key => new NamedArray(Dims($"{group}/{key}"), Floats($"{group}/{key}")));

    /// <summary>An array [trial, unit, bin] as the graphs have it, [1, unit, bin, trial].</summary>
    public float[] Batch(string path) => TrialLast(Floats(path), Dims(path));

    /// <summary>An array [trial, unit, bin] as exported models have it, [trial, bin, unit].</summary>
    public TrialTensor Trials(string path)
    {
        long[] dims = Dims(path);
        float[] values = Floats(path);
        var turned = new TrialTensor((int)dims[0], (int)dims[2], (int)dims[1]);
        for (int trial = 0; trial < turned.Trials; trial++)
        {
            for (int bin = 0; bin < turned.Bins; bin++)
            {
                for (int unit = 0; unit < turned.Units; unit++)
                {
                    turned[trial, bin, unit] = values[(((trial * turned.Units) + unit) * turned.Bins) + bin];
                }
            }
        }

        return turned;
    }

    public static T[] TrialLast<T>(T[] values, long[] dims)
    {
        var turned = new T[values.Length];
        int rows = (int)(dims[1] * dims[2]), trials = (int)dims[0];
        for (int i = 0; i < values.Length; i++)
        {
            turned[(i % rows * trials) + (i / rows)] = values[i];
        }

        return turned;
    }
}
