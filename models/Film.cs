using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>Scales and shifts channels by what the whole trial is like (Perez et al. 2018): x·(1 + a) + b, a and b of x's mean over the trial's bins.</summary>
/// <remarks>a and b are two layers of the mean, half as wide as it between them. Bins of padding are in the mean, in training and in exports.</remarks>
/// <param name="Name">Prefix of its parameters.</param>
/// <param name="Width">Channels.</param>
internal sealed record Film(string Name, int Width)
{
    private Convolution Hidden => new($"{Name}.hidden", Width, (Width + 1) / 2, Kernel: 1);

    private Convolution Output => new($"{Name}.output", (Width + 1) / 2, 2 * Width, Kernel: 1);

    public IEnumerable<ParameterSpec> Parameters => [.. Hidden.Parameters, .. Output.Parameters];

    public Value Build(ForwardPass pass, Value x)
    {
        Graph g = pass.Graph;
        Value hidden = g.Relu(Hidden.Build(pass, pass.MeanOverBins(x), withBias: true));
        IReadOnlyList<Value> both = g.Split(Output.Build(pass, hidden, withBias: true), 1, Width, Width);
        return g.Add(g.Mul(x, g.Add(both[0], 1)), both[1]);
    }
}
