namespace UnetSpikes.Hdf5.Readers;

/// <summary>What a reader process is asked: one byte, then the arguments; see <see cref="ReaderServer"/>.</summary>
internal enum ReaderCall : byte
{
    /// <summary>path → nothing. A file that is open is closed first.</summary>
    Open,

    /// <summary>Nothing → nothing.</summary>
    Close,

    /// <summary>group → texts.</summary>
    Keys,

    /// <summary>path → one byte, an <see cref="Hdf5ObjectKind"/>.</summary>
    Kind,

    /// <summary>path → a description.</summary>
    Describe,

    /// <summary>owner, name → one byte.</summary>
    HasAttribute,

    /// <summary>owner, name → an attribute.</summary>
    Attribute,

    /// <summary>path, start, count, memory type → raw bytes.</summary>
    Numbers,

    /// <summary>path → texts.</summary>
    Texts,

    /// <summary>path → texts.</summary>
    References,

    /// <summary>path → lists of integers.</summary>
    Ragged,
}

/// <summary>How an answer begins.</summary>
internal enum ReaderAnswer : byte
{
    /// <summary>The result follows.</summary>
    Done,

    /// <summary>Place and problem follow: what the file gets wrong.</summary>
    BadData,

    /// <summary>A text follows: the library is not there, or something is a bug.</summary>
    Failed,
}
