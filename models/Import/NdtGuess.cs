using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Models.Import;

/// <summary>What the arrays of a Neural Data Transformer tell of it, and the configuration that the authors' code saves beside them.</summary>
internal static class NdtGuess
{
    /// <summary>The positions' buffer in the authors' code: numbers of places where positions are learnt, else the sines and cosines themselves.</summary>
    private const string Buffer = "pos_encoder.pe";
    private const string Table = "pos_encoder.pos_embedding.weight";

    /// <summary>Guesses.</summary>
    /// <param name="shapes">The arrays.</param>
    /// <param name="settings">The configuration beside them, empty where there is none.</param>
    /// <exception cref="CheckpointException">It is a transformer that cannot be computed here.</exception>
    public static ArchitectureGuess Of(ArrayShapes shapes, IReadOnlyDictionary<string, string> settings)
    {
        Refuse(shapes, settings);
        var arrays = new Dictionary<string, NamedArray>(shapes.Arrays);
        PositionKind positions = Positions(shapes, arrays);
        int channels = shapes.Size("decoder.0.weight", 0, rank: 2), width = shapes.Size("decoder.0.weight", 1, rank: 2);
        bool isEmbedded = shapes.Has("embedder.weight");
        int seen = isEmbedded ? shapes.Size("embedder.weight", 1, rank: 2) : width;
        int layers = shapes.Levels("transformer_encoder.layers");
        const string Bias = "transformer_encoder.layers.0.self_attn.distance_bias";
        var usual = new NdtOptions();
        var options = new NdtOptions
        {
            EmbedDim = isEmbedded ? width / seen : 0,
            HiddenSize = layers > 0 ? shapes.Size("transformer_encoder.layers.0.linear1.weight", 0, rank: 2) : usual.HiddenSize,
            NumHeads = shapes.Has(Bias) ? shapes.Size(Bias, 0, rank: 2) : Whole("NUM_HEADS", usual.NumHeads),
            Positions = positions,
            TrialBins = positions == PositionKind.Learned ? (int)Math.Min(int.MaxValue, arrays[Table].Dims.FirstOrDefault()) : 0,
            ContextForward = SeesAll() ? -1 : Math.Max(-1, Whole("CONTEXT_FORWARD", usual.ContextForward)),

            // There a context of 0 bins behind is no limit either.
            ContextBackward = SeesAll() ? -1 : Whole("CONTEXT_BACKWARD", usual.ContextBackward) is > 0 and int bins ? bins : -1,
            PreNorm = Said("PRE_NORM") == "true",
            Activation = Said("ACTIVATION") == "gelu" ? FeedForwardActivation.Gelu : FeedForwardActivation.Relu,
        };
        string[] assumed = settings.ContainsKey("MODEL.NUM_HEADS")
            ? []
            : [.. shapes.Has(Bias) ? (string[])[] : ["num_heads"], "context_forward", "context_backward", "pre_norm", "activation"];
        return new ArchitectureGuess(
            new ModelOptions { Architecture = Architecture.Ndt, Channels = channels, HeldIn = seen < channels ? seen : 0, Layers = layers, Ndt = options }, arrays, assumed, []);

        string? Said(string key) => settings.GetValueOrDefault("MODEL." + key);

        bool SeesAll() => Said("FULL_CONTEXT") == "true";

        int Whole(string key, int otherwise) =>
            int.TryParse(Said(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
    }

    private static void Refuse(ArrayShapes shapes, IReadOnlyDictionary<string, string> settings)
    {
        if (shapes.Has("embedder.0.weight"))
        {
            throw new CheckpointException(shapes.Path, "embedder.0.weight", "embeds counts by a table, expected a linear embedding (LINEAR_EMBEDDER) or none (EMBED_DIM 0)");
        }

        foreach ((string key, string value) in ((string, string)[])
            [("MODEL.CONTEXT_WRAP_INITIAL", "false"), ("MODEL.SCALE_NORM", "false"), ("MODEL.LOSS.TYPE", "poisson"), ("MODEL.LOGRATE", "true")])
        {
            if (settings.TryGetValue(key, out string? said) && said != value)
            {
                throw new CheckpointException(shapes.Path, key, $"is {said}, expected {value}: nothing else can be computed here");
            }
        }
    }

    /// <summary>How places are told. Sines and cosines become a table of what is added, whatever place they count from: that is exactly what they are.</summary>
    private static PositionKind Positions(ArrayShapes shapes, Dictionary<string, NamedArray> arrays)
    {
        arrays.Remove(Buffer);
        if (shapes.Has(Table))
        {
            return !shapes.Arrays.TryGetValue(Buffer, out NamedArray? places) || places.Values.Select((place, i) => place == i).All(isInOrder => isInOrder)
                ? PositionKind.Learned
                : throw new CheckpointException(shapes.Path, Buffer, "does not count places from 0 up, expected that where positions are learnt");
        }

        if (shapes.Has(Buffer))
        {
            int bins = shapes.Size(Buffer, 0, rank: 3), width = shapes.Size(Buffer, 2, rank: 3);
            arrays[Table] = shapes.Arrays[Buffer] with { Dims = [bins, width] };
            return PositionKind.Learned;
        }

        return shapes.Has("transformer_encoder.layers.0.self_attn.distance_bias") ? PositionKind.Relative : PositionKind.None;
    }
}
