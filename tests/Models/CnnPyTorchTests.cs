using UnetSpikes.Models;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Models;

/// <summary>The baseline of one convolution of 13 bins is PyTorch's.</summary>
public class CnnPyTorchTests
{
    private static readonly SpikeNetwork Network = new ModelOptions { Architecture = UnetSpikes.Models.Architecture.Cnn, Channels = 7, LatentDim = 4 }.Build();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(13)]
    [InlineData(50)]
    public void Outputs_are_PyTorchs_for_every_length(int bins)
    {
        using PyTorchGolden golden = PyTorchGolden.Training();
        (float[] parameters, float[] statistics) = Weights(golden);

        float[] output = ModelRuns.Evaluate(Network, parameters, statistics, golden.Batch($"cnn/input_T{bins}"), trials: 3);

        Assert.True(ModelRuns.Distance(golden.Batch($"cnn/output_T{bins}"), output) <= 1e-5);
    }

    [Fact]
    public void Names_and_shapes_are_PyTorchs()
    {
        using PyTorchGolden golden = PyTorchGolden.Training();

        IEnumerable<string> ours = Network.Parameters.Specs.Concat(Network.RunningStatistics.Specs).Select(s => $"{s.Name} [{string.Join(", ", s.Dims)}]");

        Assert.Equal(
            golden.Arrays("cnn/state_dict").Select(a => $"{a.Key} [{string.Join(", ", a.Value.Dims)}]").Order(),
            ours.Append("bn.num_batches_tracked []").Order());
    }

    [Fact]
    public void A_training_step_has_PyTorchs_loss_gradients_and_running_statistics()
    {
        using PyTorchGolden golden = PyTorchGolden.Training();
        (float[] parameters, float[] statistics) = Weights(golden);
        bool[] mask = Array.ConvertAll(golden.Batch("cnn/train_mask"), hidden => hidden > 0);
        using TrainingStep step = ModelRuns.Step(
            Network, ModelRuns.AtStart(Network, parameters, statistics), new TrainOptions { DataFile = "" }, golden.Batch("cnn/train_input"), mask, trials: 3);

        double loss = step.Run(1e-2, 1).Loss;

        Assert.Equal(golden.Doubles("cnn/loss_f64")[0], loss, 1e-6);
        NetworkState after = step.ReadState();
        Assert.True(ModelRuns.Distance(Network.RunningStatistics.Flatten(golden.Arrays("cnn/buffers_f64"), "golden"), after.RunningStatistics) <= 1e-6);
        double[] ours = ModelRuns.GradientOfFirstStep(after);
        foreach (ParameterSpec spec in Network.Parameters.Specs)
        {
            double[] truth = golden.Doubles("cnn/grad_f64/" + spec.Name);
            double theirs = ModelRuns.Distance(truth, golden.Doubles("cnn/grad_f32/" + spec.Name));
            double distance = ModelRuns.Distance(truth, ours.AsSpan(Network.Parameters.Offset(spec.Name), spec.Count).ToArray());
            // 1e-7: rounding of gradients of magnitude 0.1 to 1, where PyTorch happens to be exact.
            Assert.True(distance <= Math.Max(3 * theirs, 1e-7), $"{spec.Name}: {distance:E1}, PyTorch {theirs:E1}");
        }
    }

    [Fact]
    public void In_training_mode_the_output_is_PyTorchs()
    {
        using PyTorchGolden golden = PyTorchGolden.Training();
        (float[] parameters, float[] statistics) = Weights(golden);
        float[] mask = golden.Batch("cnn/train_mask");
        float[] input = [.. golden.Batch("cnn/train_input").Zip(mask, (count, hidden) => hidden > 0 ? 0 : count)];

        float[] output = ModelRuns.EvaluateInTrainingMode(Network, parameters, statistics, input, trials: 3);

        Assert.True(ModelRuns.Distance(golden.Batch("cnn/output_train_f64"), output) <= 1e-5);
    }

    private static (float[] Parameters, float[] Statistics) Weights(PyTorchGolden golden)
    {
        Dictionary<string, NamedArray> arrays = golden.Arrays("cnn/state_dict");
        return (Network.Parameters.Flatten(arrays, "golden"), Network.RunningStatistics.Flatten(arrays, "golden"));
    }
}
