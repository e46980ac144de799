using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

// Layers over tokens, [trial, token, feature]: what a transformer is made of beside attention.

/// <summary>An affine map of every token's features (PyTorch's <c>nn.Linear</c>).</summary>
/// <param name="Name">Prefix of its parameters.</param>
/// <param name="Inputs">Features in.</param>
/// <param name="Outputs">Features out.</param>
internal sealed record Linear(string Name, int Inputs, int Outputs)
{
    /// <summary>What the initial weights are multiplied by.</summary>
    public double InitialScale { get; init; } = 1;

    /// <summary>Half the width of the interval the initial weights are drawn from; PyTorch's 1/√inputs where not said.</summary>
    public double? InitialBound { get; init; }

    /// <summary>Its parameters: weight [out, in] and bias [out].</summary>
    public IEnumerable<ParameterSpec> Parameters
    {
        get
        {
            double bound = 1 / Math.Sqrt(Inputs);
            yield return new ParameterSpec(Name + ".weight", [Outputs, Inputs], Initialization.Uniform, InitialScale * (InitialBound ?? bound));
            yield return new ParameterSpec(Name + ".bias", [Outputs], Initialization.Uniform, bound);
        }
    }

    /// <summary>Adds the layer to the graph.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">[trial, token, in].</param>
    public Value Build(ForwardPass pass, Value x) => pass.Linear(x, pass.Parameter(Name + ".weight"), pass.Parameter(Name + ".bias"));
}

/// <summary>Normalises each token over its features (PyTorch's <c>nn.LayerNorm</c>).</summary>
/// <param name="Name">Prefix of its parameters.</param>
/// <param name="Width">Features.</param>
internal sealed record TokenNorm(string Name, int Width)
{
    /// <summary>Its parameters: weight [features] and bias [features].</summary>
    public IEnumerable<ParameterSpec> Parameters =>
        [new(Name + ".weight", [Width], Initialization.One), new(Name + ".bias", [Width], Initialization.Zero)];

    /// <summary>Adds the layer to the graph.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">[trial, token, feature].</param>
    public Value Build(ForwardPass pass, Value x) =>
        pass.Graph.LayerNormalization(x, pass.Parameter(Name + ".weight"), pass.Parameter(Name + ".bias"), BatchNorm.Epsilon);
}
