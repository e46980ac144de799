using UnetSpikes.Models;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Models;

/// <summary>
/// Five steps of Adam with AMSGrad, weight decay 0.1 and the gradient clipped to norm 0.5, held against PyTorch's. The decay
/// gives every parameter a true gradient, also the biases ahead of normalisations, so here all of them must agree.
/// </summary>
public class OptimizerPyTorchTests
{
    private static readonly SpikeNetwork Network = new ModelOptions { Layers = 2, Channels = 5, LatentDim = 3 }.Build();

    [Fact]
    public void Weight_decay_and_clipping_change_the_update_as_in_PyTorch()
    {
        using PyTorchGolden golden = PyTorchGolden.Training();
        double[] losses = golden.Doubles("decay_clip/losses_f64"), norms = golden.Doubles("decay_clip/norms_f64");
        Assert.All(norms, norm => Assert.True(norm > 0.5, "the golden data would not show clipping"));
        using TrainingStep step = Start(golden, new TrainOptions { DataFile = "", WeightDecay = 0.1, MaxGradientNorm = 0.5 });

        for (int i = 1; i <= 5; i++)
        {
            (double loss, double norm) = step.Run(5e-3, i);

            Assert.Equal(losses[i - 1], loss, 1e-6);
            Assert.Equal(norms[i - 1], norm, 1e-5);
            float[] parameters = step.ReadState().Parameters;
            foreach (ParameterSpec spec in Network.Parameters.Specs)
            {
                double[] truth = golden.Doubles($"decay_clip/params_after_{i}_f64/{spec.Name}");
                double[] ours = Array.ConvertAll(parameters[Network.Parameters.Offset(spec.Name)..(Network.Parameters.Offset(spec.Name) + spec.Count)], v => (double)v);
                double distance = ModelRuns.Distance(truth, ours);
                // PyTorch's own float32 run ends 1.4e-7 from its float64 one.
                Assert.True(distance <= 2e-6, $"step {i}, {spec.Name}: {distance:E1}");
            }
        }
    }

    [Fact]
    public void Without_them_the_update_is_another()
    {
        using PyTorchGolden golden = PyTorchGolden.Training();
        float[] expected = Network.Parameters.Flatten(golden.Arrays("decay_clip/params_after_1_f64"), "golden");

        foreach (TrainOptions options in new[] { new TrainOptions { DataFile = "", WeightDecay = 0.1 }, new TrainOptions { DataFile = "", MaxGradientNorm = 0.5 } })
        {
            using TrainingStep step = Start(golden, options);
            step.Run(5e-3, 1);
            Assert.True(ModelRuns.Distance(expected, step.ReadState().Parameters) > 1e-4, $"{options}");
        }
    }

    [Fact]
    public void A_gradient_within_the_norm_is_left_alone()
    {
        using PyTorchGolden golden = PyTorchGolden.Training();
        using TrainingStep clipped = Start(golden, new TrainOptions { DataFile = "", MaxGradientNorm = 100 });
        using TrainingStep free = Start(golden, new TrainOptions { DataFile = "" });

        Assert.Equal(free.Run(5e-3, 1), clipped.Run(5e-3, 1));
        Assert.Equal(free.ReadState().Optimizer.FirstMoment, clipped.ReadState().Optimizer.FirstMoment);
    }

    private static TrainingStep Start(PyTorchGolden golden, TrainOptions options)
    {
        float[] parameters = Network.Parameters.Flatten(golden.Arrays("decay_clip/init"), "golden");
        float[] statistics = Network.RunningStatistics.Initialize(new UnetSpikes.Core.Rng(1, "unused"));
        bool[] mask = Array.ConvertAll(golden.Batch("decay_clip/mask"), hidden => hidden > 0);
        return ModelRuns.Step(Network, ModelRuns.AtStart(Network, parameters, statistics), options, golden.Batch("decay_clip/input"), mask, trials: 6);
    }
}
