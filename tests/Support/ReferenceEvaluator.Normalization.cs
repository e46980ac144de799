using Xunit;

namespace UnetSpikes.Tests.Support;

public static partial class ReferenceEvaluator
{
    private static Dictionary<(string Domain, string Operator), Func<ReferenceCall, ReferenceTensor[]>> NormalizationTable() => new()
    {
        [("", "InstanceNormalization")] = InstanceNormalization,
        [("", "LayerNormalization")] = LayerNormalization,
        [("", "BatchNormalization")] = BatchNormalization,
    };

    private static ReferenceTensor[] InstanceNormalization(ReferenceCall c)
    {
        double epsilon = c.Attributes.Float("epsilon", 1e-5f);
        long spatial = ReferenceTensor.Product(c.X.Dims[2..]);
        double[][] rows = [.. c.X.Data.Chunk((int)spatial)];
        (double Mean, double Variance)[] statistics = Array.ConvertAll(rows, Statistics);
        return [ReferenceTensor.Build(c.X.Type, c.X.Dims, i =>
        {
            (double mean, double variance) = statistics[(i[0] * c.X.Dims[1]) + i[1]];
            return (c.Input(1).Data[i[1]] * (c.X[i] - mean) / Math.Sqrt(variance + epsilon)) + c.Input(2).Data[i[1]];
        })];
    }

    // Outputs: Y, the mean, and 1/√(variance + ε), the last two with the normalized axes of size 1.
    private static ReferenceTensor[] LayerNormalization(ReferenceCall c)
    {
        int axis = c.Axis(-1);
        double epsilon = c.Attributes.Float("epsilon", 1e-5f);
        long inner = ReferenceTensor.Product(c.X.Dims[axis..]);
        (double Mean, double Variance)[] statistics = [.. c.X.Data.Chunk((int)inner).Select(Statistics)];
        long[] kept = [.. c.X.Dims.Select((d, i) => i < axis ? d : 1)];
        var mean = new ReferenceTensor(c.X.Type, Array.ConvertAll(statistics, s => s.Mean), kept);
        var inverse = new ReferenceTensor(c.X.Type, Array.ConvertAll(statistics, s => 1 / Math.Sqrt(s.Variance + epsilon)), kept);
        return
        [
            ReferenceTensor.Build(c.X.Type, c.X.Dims, i => (c.Input(1)[i] * (c.X[i] - mean[i]) * inverse[i]) + (c.Optional(2)?[i] ?? 0)),
            mean,
            inverse,
        ];
    }

    private static ReferenceTensor[] BatchNormalization(ReferenceCall c)
    {
        Assert.Equal(0, c.Attributes.Int("training_mode", 0));
        double epsilon = c.Attributes.Float("epsilon", 1e-5f);
        double Of(int input, long channel) => c.Input(input).Data[channel];
        return [ReferenceTensor.Build(c.X.Type, c.X.Dims, i =>
            (Of(1, i[1]) * (c.X[i] - Of(3, i[1])) / Math.Sqrt(Of(4, i[1]) + epsilon)) + Of(2, i[1]))];
    }

    private static (double Mean, double Variance) Statistics(double[] values)
    {
        double mean = values.Average();
        return (mean, values.Average(x => (x - mean) * (x - mean)));
    }
}
