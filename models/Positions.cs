using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>What is added to tokens to tell them their place; nothing where positions are relative or unknown.</summary>
/// <param name="Name">Prefix of its parameters.</param>
/// <param name="Kind">How places are told.</param>
/// <param name="Places">Tokens of a trial.</param>
/// <param name="Width">Features of a token; even for sinusoids.</param>
internal sealed record Positions(string Name, PositionKind Kind, int Places, int Width)
{
    private string Table => Name + ".pos_embedding.weight";

    /// <summary>Its parameters: [place, feature] where they are learnt, standard normal as PyTorch's <c>nn.Embedding</c>.</summary>
    public IEnumerable<ParameterSpec> Parameters =>
        Kind == PositionKind.Learned ? [new(Table, [Places, Width], Initialization.Normal, 1)] : [];

    /// <summary>Adds them to the tokens.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">[trial, token, feature].</param>
    public Value Build(ForwardPass pass, Value x) => Kind switch
    {
        PositionKind.Learned => Add(pass.Graph, x, pass.Parameter(Table)),
        PositionKind.Sinusoid => Add(pass.Graph, x, pass.Graph.AddInitializer(Sinusoids(x.Type))),
        _ => x,
    };

    // In exports the number of tokens stays open by name: what else an input's length may be is the metadata's to say, not the shape's.
    private static Value Add(Graph g, Value x, Value table)
    {
        Value sum = g.Add(x, table);
        return x.KnownShape.IsStatic ? sum : g.Reshape(sum, g.ShapeOf(x));
    }

    /// <summary>sin and cos of place/10000^(2i/width) in features 2i and 2i + 1; places count from 1, as NDT's do.</summary>
    private Tensor Sinusoids(ElementType type)
    {
        double[] values = [.. Enumerable.Range(0, Places * Width).Select(i =>
        {
            (int place, int feature) = (1 + (i / Width), i % Width);
            double angle = place * Math.Pow(10_000, -(double)(feature - (feature % 2)) / Width);
            return feature % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle);
        })];
        return type == ElementType.Double ? Tensor.Of(values, Places, Width) : Tensor.Of(Array.ConvertAll(values, v => (float)v), Places, Width);
    }
}
