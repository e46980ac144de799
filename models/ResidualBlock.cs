using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>Pre-norm, two dense convolutions: convolution(dropout(ReLU(norm(convolution(ReLU(norm(x))))))).</summary>
internal sealed class ResidualBlock : Block
{
    private readonly Norm _norm1;
    private readonly Norm _norm2;
    private readonly Convolution _conv1;
    private readonly Convolution _conv2;

    public ResidualBlock(string name, int width, ResUNetOptions options)
        : base(name, width, options)
    {
        _conv1 = Of("conv1");
        _conv2 = Of("conv2");
        _norm1 = new Norm($"{name}.norm1", width, options.Norm);
        _norm2 = new Norm($"{name}.norm2", width, options.Norm, Bias: $"{name}.conv1.bias");
        Reach = (options.Kernel - 1) * options.Dilation;                    // twice half the kernel

        Convolution Of(string layer) =>
            new($"{name}.{layer}", width, width, options.Kernel) { Dilation = options.Dilation, IsCausal = options.IsCausal };
    }

    public override IEnumerable<Norm> Norms => [_norm1, _norm2];

    public override int Reach { get; }

    protected override IEnumerable<ParameterSpec> BranchParameters => [.. _norm1.Parameters, .. _conv1.Parameters, .. _norm2.Parameters, .. _conv2.Parameters];

    protected override Value Branch(ForwardPass pass, Value x)
    {
        Value h = _norm1.BuildRelu(pass, x);
        h = _conv1.Build(pass, h, withBias: _norm2.OverBatch is null || pass.KeepsBiases);
        h = pass.Drop(_norm2.BuildRelu(pass, h), Dropout);
        return _conv2.Build(pass, h, withBias: true);
    }
}
