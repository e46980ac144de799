namespace UnetSpikes.Onnx.Untrusted;

/// <summary>How large a model of a stranger may be, in each respect that costs memory or time before it has run once. Networks of this program's kind stay far below.</summary>
internal static class Limits
{
    /// <summary>Bytes of the file: 67 million weights.</summary>
    public const int Bytes = 256 << 20;

    /// <summary>Fields of Protocol Buffers, each of which may become an object.</summary>
    public const int Fields = 1_000_000;

    /// <summary>Nodes, branches included.</summary>
    public const int Nodes = 20_000;

    /// <summary>Graphs within graphs: the branches of an If, of an If in one of them, …</summary>
    public const int BranchDepth = 4;

    /// <summary>Axes of a tensor.</summary>
    public const int Rank = 8;

    /// <summary>Elements of a tensor that a node makes after a constant shape (a GiB of float32).</summary>
    public const long Elements = 1L << 28;

    /// <summary>Bins that a convolution's window spans, skips or pads.</summary>
    public const long Window = 1 << 20;

    /// <summary>Characters of a name or a text attribute.</summary>
    public const int Name = 1_000;

    /// <summary>Characters of one metadata value: the names of units, what was verified.</summary>
    public const int MetadataValue = 4 << 20;
}
