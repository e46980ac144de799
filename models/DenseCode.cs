using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>A short code of the whole trial, added to it: norm → all channels and bins → code → GELU → dropout → all channels and bins.</summary>
/// <remarks>Its weights belong to places in the trial, so trials are of one length; at the bottom level they are few.</remarks>
internal sealed class DenseCode
{
    private readonly string _name;
    private readonly int _width;
    private readonly int _bins;
    private readonly Norm _norm;
    private readonly Convolution _encoding;
    private readonly Convolution _decoding;

    /// <summary>Makes the layer.</summary>
    /// <param name="name">Prefix of its parameters.</param>
    /// <param name="width">Channels.</param>
    /// <param name="bins">Bins of a trial at this level.</param>
    /// <param name="options">Size of the code, normalisation and dropout.</param>
    public DenseCode(string name, int width, int bins, ResUNetOptions options)
    {
        (_name, _width, _bins) = (name, width, bins);
        _norm = new Norm($"{name}.norm", width, options.Norm);
        _encoding = new Convolution($"{name}.encoding", width * bins, options.Code, Kernel: 1);
        _decoding = new Convolution($"{name}.decoding", options.Code, width * bins, Kernel: 1);
        Dropout = Dropout.Of(name, options.DropoutCode);
    }

    public Norm Norm => _norm;

    public Dropout? Dropout { get; }

    public IEnumerable<ParameterSpec> Parameters => [.. _norm.Parameters, .. _encoding.Parameters, .. _decoding.Parameters];

    public Value Build(ForwardPass pass, Value x)
    {
        using IDisposable scope = pass.Graph.Scope(_name);
        Value trial = pass.Flatten(_norm.Build(pass, x), _width, _bins);
        Value code = pass.Gelu(_encoding.Build(pass, trial, withBias: true));
        return pass.Graph.Add(x, pass.Unflatten(_decoding.Build(pass, pass.Drop(code, Dropout), withBias: true), _width, _bins));
    }
}
