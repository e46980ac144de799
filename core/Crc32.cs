namespace UnetSpikes.Core;

/// <summary>The checksum of zip files (ISO 3309, polynomial 0xEDB88320); .NET's reader does not look at it.</summary>
public struct Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(n => Enumerable.Range(0, 8).Aggregate((uint)n, (c, _) => (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1))];

    private uint _value;

    /// <summary>The checksum of all bytes added so far.</summary>
    public readonly uint Value => _value;

    /// <summary>Adds bytes.</summary>
    /// <param name="bytes">Any number of them.</param>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        uint c = ~_value;
        foreach (byte b in bytes)
        {
            c = Table[(c ^ b) & 0xFF] ^ (c >> 8);
        }

        _value = ~c;
    }
}
