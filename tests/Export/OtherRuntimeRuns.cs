using System.Runtime.InteropServices;
using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Runtime;

namespace UnetSpikes.Tests.Export;

/// <summary>Models and counts as files of a folder, for a program that runs them all (run_model.mjs), and what it made of them.</summary>
/// <param name="folder">An empty folder.</param>
internal sealed class OtherRuntimeRuns(string folder)
{
    private readonly List<(string Model, TrialTensor Counts, IReadOnlyDictionary<string, HostTensor> Expected)> _runs = [];

    /// <summary>Adds a model and what its outputs must be, by our runtime.</summary>
    /// <param name="name">Of the model, for messages.</param>
    /// <param name="model">The file.</param>
    /// <param name="inputs">Counts of several runs.</param>
    public void Add(string name, byte[] model, IEnumerable<TrialTensor> inputs)
    {
        using OnnxSession session = ExportFixtures.Session(model);
        Add(name, model, inputs.Select(counts => (counts, ExportFixtures.Run(session, counts).ToDictionary())));
    }

    /// <summary>Adds a model and what some of its outputs must be.</summary>
    public void Add(string name, byte[] model, IEnumerable<(TrialTensor Counts, Dictionary<string, HostTensor> Expected)> runs)
    {
        File.WriteAllBytes(Path.Combine(folder, name + ".onnx"), model);
        foreach ((TrialTensor counts, Dictionary<string, HostTensor> expected) in runs)
        {
            File.WriteAllBytes(PathOf(_runs.Count, "spikes"), MemoryMarshal.AsBytes<float>(counts.Values));
            _runs.Add((name, counts, expected));
        }
    }

    /// <summary>Writes the list of runs.</summary>
    public void Write() => File.WriteAllText(Path.Combine(folder, "runs.json"), JsonSerializer.Serialize(_runs.Select((run, i) =>
        new { name = $"{i}", model = run.Model + ".onnx", shape = new[] { run.Counts.Trials, run.Counts.Bins, run.Counts.Units } })));

    /// <summary>Every output that differs from what it must be by more than so much, or in its shape.</summary>
    public IEnumerable<string> Differences(double tolerance)
    {
        for (int i = 0; i < _runs.Count; i++)
        {
            foreach ((string output, HostTensor expected) in _runs[i].Expected)
            {
                float[] actual = [.. MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(PathOf(i, output)))];
                long[] shape = JsonSerializer.Deserialize<long[]>(File.ReadAllText(PathOf(i, output + ".shape")))!;
                double distance = shape.SequenceEqual(expected.Shape) ? ExportFixtures.Distance(expected.Values<float>(), actual) : double.PositiveInfinity;
                if (!(distance <= tolerance))
                {
                    yield return $"{_runs[i].Model}, counts {_runs[i].Counts}, {output} [{string.Join(", ", shape)}]: {distance}";
                }
            }
        }
    }

    private string PathOf(int run, string what) => Path.Combine(folder, $"{run}.{what}");
}
