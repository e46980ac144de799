using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Export;
using UnetSpikes.Train;
using Xunit;
using Xunit.Abstractions;

namespace UnetSpikes.Tests.Models;

/// <summary>Holds one network against what PyTorch made of the same description: a group of a golden file.</summary>
internal sealed class GoldenNetwork(PyTorchGolden golden, string name, ModelOptions options)
{
    /// <summary>Outputs of magnitude 1 to 10 after some 20 layers in float32.</summary>
    private const double OutputTolerance = 1e-5;

    /// <summary>
    /// A tensor's gradient may be this many times as far from double precision as PyTorch's furthest one of the network: an error in
    /// one sum goes through all those behind it, and where PyTorch is exact in one tensor is luck. (All are of magnitude 0.1 to 1.)
    /// </summary>
    private const double GradientFactor = 5;

    private readonly SpikeNetwork _network = options.Build();

    /// <summary>Every array of the state_dict is there, of the same shape, and no other.</summary>
    public void RequireNames()
    {
        IEnumerable<string> ours = _network.Parameters.Specs.Concat(_network.RunningStatistics.Specs).Select(s => $"{s.Name} [{string.Join(", ", s.Dims)}]")
            .Concat(_network.Normalizations.Select(n => $"{n.Name}.num_batches_tracked []"));

        Assert.Equal(golden.Arrays(name + "/state_dict").Select(a => $"{a.Key} [{string.Join(", ", a.Value.Dims)}]").Order(), ours.Order());
    }

    /// <summary>The evaluation and every form of export give PyTorch's outputs, for every length of the file.</summary>
    public void RequireOutputs()
    {
        (float[] parameters, float[] statistics) = Weights();
        IReadOnlyDictionary<string, NamedArray> folded = FoldedWeights.Fold(_network, parameters, statistics);
        foreach (string input in golden.Arrays(name).Keys.Where(key => key.StartsWith("input_T", StringComparison.Ordinal)))
        {
            string expected = $"{name}/{input.Replace("input", "output", StringComparison.Ordinal)}";

            float[] output = ModelRuns.Evaluate(_network, parameters, statistics, golden.Batch($"{name}/{input}"), trials: 3);

            double error = ModelRuns.Distance(golden.Batch(expected), output);
            Assert.True(error <= OutputTolerance, $"{input}: {error:E1}");
            foreach (ModelForm form in Enum.GetValues<ModelForm>())
            {
                using OnnxSession session = ExportFixtures.Session(GraphWriter.ToBytes(InferenceGraph.Build([new FoldedNetwork(_network, folded)], form)));
                float[] exported = ExportFixtures.Run(session, golden.BinFirst($"{name}/{input}"))[InferenceGraph.LogRates].Values<float>();
                error = ExportFixtures.Distance(golden.BinFirst(expected).Values, exported);
                Assert.True(error <= OutputTolerance, $"{input}, {form}: {error:E1}");
            }
        }
    }

    /// <summary>A training step has PyTorch's loss and running statistics, and gradients as near float64's as PyTorch's float32 are.</summary>
    public void RequireTrainingStep(ITestOutputHelper log)
    {
        (float[] parameters, float[] statistics) = Weights();
        bool[] mask = Array.ConvertAll(golden.Batch(name + "/train_mask"), hidden => hidden > 0);
        using TrainingStep step = ModelRuns.Step(
            _network, ModelRuns.AtStart(_network, parameters, statistics), new TrainOptions { DataFile = "" }, golden.Batch(name + "/train_input"), mask, trials: 4);

        double loss = step.Run(1e-2, 1).Loss;

        Assert.Equal(golden.Doubles(name + "/loss")[0], loss, 1e-6);
        NetworkState after = step.ReadState();
        if (statistics.Length > 0)
        {
            Assert.True(ModelRuns.Distance(_network.RunningStatistics.Flatten(golden.Arrays(name + "/buffers"), "golden"), after.RunningStatistics) <= 1e-6);
        }

        double[] ours = ModelRuns.GradientOfFirstStep(after);
        List<string> wrong = [];
        double worst = _network.Parameters.Specs.Max(spec =>
            ModelRuns.Distance(golden.Doubles($"{name}/grad_f64/{spec.Name}"), golden.Doubles($"{name}/grad_f32/{spec.Name}")));
        foreach (ParameterSpec spec in _network.Parameters.Specs)
        {
            double[] truth = golden.Doubles($"{name}/grad_f64/{spec.Name}");
            double theirs = ModelRuns.Distance(truth, golden.Doubles($"{name}/grad_f32/{spec.Name}"));
            double distance = ModelRuns.Distance(truth, ours.AsSpan(_network.Parameters.Offset(spec.Name), spec.Count).ToArray());
            log.WriteLine($"{spec.Name}: {distance:E1}, PyTorch {theirs:E1}");
            if (distance > GradientFactor * worst)
            {
                wrong.Add($"{spec.Name}: {distance:E1}, PyTorch {theirs:E1}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("; ", wrong));
    }

    private (float[] Parameters, float[] Statistics) Weights()
    {
        Dictionary<string, NamedArray> arrays = golden.Arrays(name + "/state_dict");
        return (_network.Parameters.Flatten(arrays, name), _network.RunningStatistics.Flatten(arrays, name));
    }
}
