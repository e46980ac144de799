using UnetSpikes.Models;

namespace UnetSpikes.Train;

/// <content>Keys that only some architectures have.</content>
public sealed partial class TrainConfiguration
{
    /// <summary>Of those, the ones that NDT's files have: for an architecture without them they warn as <see cref="Ancestral"/> keys do, whatever they say.</summary>
    internal static readonly HashSet<string> AncestralElsewhere =
    [
        "MODEL.NORM", "MODEL.DROPOUT", "MODEL.DROPOUT_RATES", "MODEL.DROPOUT_EMBEDDING", "MODEL.EMBED_DIM", "MODEL.LINEAR_EMBEDDER", "MODEL.HIDDEN_SIZE",
        "MODEL.NUM_HEADS", "MODEL.LEARNABLE_POSITION", "MODEL.CONTEXT_FORWARD", "MODEL.CONTEXT_BACKWARD", "MODEL.FULL_CONTEXT", "MODEL.PRE_NORM",
        "MODEL.ACTIVATION", "MODEL.FIXUP_INIT",
    ];

    private readonly HashSet<string> _passedOver = [];

    /// <summary>Reads a key of one architecture; for another it must be left out or say what is so anyway.</summary>
    /// <param name="owner">Whose key it is.</param>
    /// <param name="key">The key.</param>
    /// <param name="fallback">Its default.</param>
    /// <param name="read">Reads and checks it.</param>
    /// <param name="alsoOf">Another architecture that has a key of this name, and reads it itself.</param>
    private T OwnedBy<T>(Architecture owner, string key, T fallback, Func<string, T, T> read, Architecture? alsoOf = null)
    {
        if (_architecture == alsoOf)
        {
            return fallback;
        }

        if (_architecture != owner && Has(key) && AncestralElsewhere.Contains(key))
        {
            _passedOver.Add(key);
            return fallback;
        }

        T value = read(key, fallback);
        return _architecture == owner || Equals(value, fallback)
            ? value
            : throw _tree.Error(key, $"is an option of MODEL.NAME {Name(owner)}, which MODEL.NAME {Name(_architecture)} does not have; expected it to be left out");

        static string Name(Architecture architecture) => architecture.ToString().ToLowerInvariant();
    }

    // Ranges are the business of the options read.
    private int Whole(string key, int fallback) => Integer(key, fallback, int.MinValue);

    private PositionKind Places(string key, PositionKind fallback) => Choice(
        key, fallback, ("none", PositionKind.None), ("learned", PositionKind.Learned), ("sinusoid", PositionKind.Sinusoid), ("relative", PositionKind.Relative));

    private double Ratio(string key, double fallback) => Number(key, fallback, _ => true, "");
}
