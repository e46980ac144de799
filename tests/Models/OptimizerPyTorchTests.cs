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

    /// <summary>
    /// Five steps of PyTorch's Adam and AdamW from the same start on the same batch. Its own float32 runs end 9e-8 (Adam) and 5.5e-6 (AdamW:
    /// without decay in them some gradients are near zero, and Adam divides by their size) from its float64 ones.
    /// </summary>
    [Theory]
    [InlineData("adam", OptimizerKind.Adam, 0.1, 1e-6)]
    [InlineData("adamw", OptimizerKind.AdamW, 0.1, 1e-5)]
    [InlineData("adamw_no_decay", OptimizerKind.AdamW, 0, 1e-5)]
    public void Every_optimizer_steps_as_in_PyTorch(string name, OptimizerKind optimizer, double weightDecay, double tolerance)
    {
        using PyTorchGolden start = PyTorchGolden.Training(), golden = PyTorchGolden.Optimizers();
        using TrainingStep step = Start(start, new TrainOptions { DataFile = "", Optimizer = optimizer, WeightDecay = weightDecay });

        for (int i = 1; i <= 5; i++)
        {
            step.Run(5e-3, i);
            if (i is not (1 or 5))
            {
                continue;
            }

            NetworkState state = step.ReadState();
            foreach (ParameterSpec spec in Network.Parameters.Specs.Where(spec => optimizer == OptimizerKind.Adam || !IsCancelled(spec)))
            {
                double[] truth = golden.Doubles($"{name}/params_after_{i}/{spec.Name}");
                double[] ours = Array.ConvertAll(state.Parameters[Network.Parameters.Offset(spec.Name)..(Network.Parameters.Offset(spec.Name) + spec.Count)], v => (double)v);
                double distance = ModelRuns.Distance(truth, ours);
                Assert.True(distance <= tolerance, $"step {i}, {spec.Name}: {distance:E1}");
            }

            Assert.Null(state.Optimizer.MaxSecondMoment);
        }
    }

    [Fact]
    public void Only_AMSGrad_remembers_that_a_gradient_was_large()
    {
        using PyTorchGolden golden = PyTorchGolden.Training();

        float[] Step(OptimizerKind optimizer, float largest)
        {
            using TrainingStep step = Start(golden, new TrainOptions { DataFile = "", Optimizer = optimizer }, largest);
            step.Run(5e-3, 1);
            return step.ReadState().Parameters;
        }

        Assert.Equal(Step(OptimizerKind.Adam, largest: 0), Step(OptimizerKind.Adam, largest: 1));
        Assert.True(ModelRuns.Distance(Step(OptimizerKind.AmsGrad, largest: 0), Step(OptimizerKind.AmsGrad, largest: 1)) > 1e-3);
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

    /// <summary>
    /// The gradient of a bias ahead of a normalisation is zero but for rounding, which Adam blows up to a full step; only decay added to the
    /// gradient gives it a true one.
    /// </summary>
    private static bool IsCancelled(ParameterSpec spec) => Network.Normalizations.Any(norm => norm.Bias == spec.Name);

    private static TrainingStep Start(PyTorchGolden golden, TrainOptions options, float largestSecondMoment = 0)
    {
        float[] parameters = Network.Parameters.Flatten(golden.Arrays("decay_clip/init"), "golden");
        float[] statistics = Network.RunningStatistics.Initialize(new UnetSpikes.Core.Rng(1, "unused"));
        bool[] mask = Array.ConvertAll(golden.Batch("decay_clip/mask"), hidden => hidden > 0);
        NetworkState start = ModelRuns.AtStart(Network, parameters, statistics);
        Array.Fill(start.Optimizer.MaxSecondMoment!, largestSecondMoment);
        return ModelRuns.Step(Network, start, options, golden.Batch("decay_clip/input"), mask, trials: 6);
    }
}
