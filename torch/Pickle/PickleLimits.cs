namespace UnetSpikes.Torch.Pickle;

/// <summary>What a pickle may ask for. Real checkpoints stay one to three orders of magnitude below.</summary>
internal static class PickleLimits
{
    /// <summary>Bytes of the pickle, and with it the number of its instructions. A thousand layers take about half a megabyte.</summary>
    public const int Bytes = 64 << 20;

    /// <summary>Values on the stack. PyTorch puts a dictionary's items there a thousand at a time.</summary>
    public const int Stack = 1 << 20;

    /// <summary>Values remembered by number.</summary>
    public const int Memo = 1 << 20;

    /// <summary>Characters of a text, bytes of a byte string.</summary>
    public const int Text = 1 << 20;

    /// <summary>Bytes of a whole number.</summary>
    public const int Integer = 255;

    /// <summary>Containers within containers.</summary>
    public const int Nesting = 100;

    /// <summary>Values in a container and all those in it, one counted as often as it is named: a few lists that name each other can stand for more values than there is memory.</summary>
    public const long Size = 1 << 24;

    /// <summary>Tensors.</summary>
    public const int Tensors = 100_000;
}
