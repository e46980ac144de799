using UnetSpikes.Core;
using UnetSpikes.Runtime;

namespace UnetSpikes.Tests.Runtime;

/// <summary>The training step of sgd_step.onnx, bound, and the same step in plain C#.</summary>
internal static class Sgd
{
    public const float LearningRate = 0.1f;

    public static StatefulSession Bind(OnnxSession session, float[] parameters, bool inDeviceMemory = false) => new(
        session,
        [new StatePair("p", "p_out", HostTensor.Of(parameters, 4, 3)), new StatePair("steps", "steps_out", HostTensor.Of(new long[1], 1))],
        [new TensorSpec("x", ElementType.Float, 8, 4), new TensorSpec("t", ElementType.Float, 8, 3), new TensorSpec("lr", ElementType.Float)],
        [new TensorSpec("loss", ElementType.Float)],
        inDeviceMemory);

    /// <summary>Fills the feeds with numbers of this step.</summary>
    public static void FillFeeds(StatefulSession step, Rng rng)
    {
        Fill(step.Feed("x"), rng);
        Fill(step.Feed("t"), rng);
        step.Feed("lr")[0] = LearningRate;
    }

    public static float[] Random(int count, Rng rng)
    {
        var values = new float[count];
        Fill(values, rng);
        return values;
    }

    /// <summary>The reference: changes p in place.</summary>
    /// <returns>The loss before the step.</returns>
    public static double Reference(double[] p, ReadOnlySpan<float> x, ReadOnlySpan<float> t)
    {
        var gradient = new double[12];
        double loss = 0;
        for (int n = 0; n < 8; n++)
        {
            for (int o = 0; o < 3; o++)
            {
                double e = -t[(n * 3) + o];
                for (int i = 0; i < 4; i++)
                {
                    e += x[(n * 4) + i] * p[(i * 3) + o];
                }

                loss += 0.5 * e * e / 24;
                for (int i = 0; i < 4; i++)
                {
                    gradient[(i * 3) + o] += x[(n * 4) + i] * e / 24;
                }
            }
        }

        for (int i = 0; i < 12; i++)
        {
            p[i] -= LearningRate * gradient[i];
        }

        return loss;
    }

    private static void Fill(Span<float> values, Rng rng)
    {
        foreach (ref float v in values)
        {
            v = (float)rng.NextNormal();
        }
    }
}
