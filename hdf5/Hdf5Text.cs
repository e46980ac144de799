using System.Runtime.InteropServices;
using System.Text;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <summary>Text elements: of fixed length (padded with zeros or spaces) and of variable length (pointers to be freed).</summary>
internal static class Hdf5Text
{
    private const int Utf8 = 1; // H5T_CSET_UTF8

    /// <summary>A text type of this many bytes, padded with zeros.</summary>
    public static H5Id FixedLength(int bytes)
    {
        H5Id type = H5T.Copy(H5T.Predefined("H5T_C_S1_g"));
        _ = H5T.SetSize(type, (nuint)Math.Max(bytes, 1));
        _ = H5T.SetCharacterSet(type, Utf8);
        const int NullPadded = 1; // H5T_STR_NULLPAD
        _ = H5T.SetPadding(type, NullPadded);
        return type;
    }

    /// <summary>The text type of variable length.</summary>
    public static H5Id Variable()
    {
        H5Id type = H5T.Copy(H5T.Predefined("H5T_C_S1_g"));
        _ = H5T.SetSize(type, H5T.Variable);
        _ = H5T.SetCharacterSet(type, Utf8);
        return type;
    }

    /// <summary>Reads texts of either kind.</summary>
    /// <param name="fileType">The elements' type in the file.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="path">For the error message.</param>
    /// <param name="place">For the error message.</param>
    /// <param name="read">H5Dread or H5Aread of everything, given the memory type and the buffer.</param>
    /// <exception cref="DataFormatException">The elements are not text.</exception>
    public static unsafe string[] Read(H5Id fileType, int count, string path, string place, Func<H5Id, nint, int> read)
    {
        Hdf5Type kind = Hdf5Type.Of(fileType);
        if (kind.Class != Hdf5Class.String)
        {
            throw new DataFormatException(path, place, $"is of type {kind}, expected text");
        }

        if (kind.Size > 0)
        {
            byte[] bytes = new byte[checked(count * kind.Size)];
            using H5Id memory = H5T.Copy(fileType);
            fixed (byte* first = bytes)
            {
                Hdf5Error.CheckRead(read(memory, (nint)first), path, place, "cannot be read");
            }

            return [.. Enumerable.Range(0, count).Select(i => Trim(bytes.AsSpan(i * kind.Size, kind.Size)))];
        }

        return ReadVariable(fileType, count, path, place, read);
    }

    private static unsafe string[] ReadVariable(H5Id fileType, int count, string path, string place, Func<H5Id, nint, int> read)
    {
        using H5Id memory = H5T.Copy(H5T.Predefined("H5T_C_S1_g"));
        _ = H5T.SetSize(memory, H5T.Variable);
        _ = H5T.SetCharacterSet(memory, H5T.GetCharacterSet(fileType));
        var pointers = new nint[count];
        try
        {
            fixed (nint* first = pointers)
            {
                Hdf5Error.CheckRead(read(memory, (nint)first), path, place, "cannot be read");
            }

            return [.. pointers.Select(p => Marshal.PtrToStringUTF8(p) ?? "")];
        }
        finally
        {
            foreach (nint p in pointers)
            {
                _ = H5.FreeMemory(p);
            }
        }
    }

    private static string Trim(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).TrimEnd(' ');
    }
}
