using System.Text;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5.Reading;

/// <content>Attributes, and the references both they and datasets hold.</content>
internal sealed partial class LocalFile
{
    /// <summary>HDF5 keeps a classic attribute inside the object's header, which ends at 64 KB; a dense one may be larger, one of this size is damage.</summary>
    private const long MostAttributeElements = 1 << 22;

    private const int MostPathBytes = 1 << 16;

    /// <inheritdoc/>
    public bool HasAttribute(string owner, string name)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id id = Hdf5Error.CheckRead(H5L.OpenObject(Id, owner, 0), Path, owner, "is missing");
        return H5A.Exists(id, name) > 0;
    }

    /// <inheritdoc/>
    public Hdf5AttributeValue ReadAttribute(string owner, string name)
    {
        string place = owner + "@" + name;
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id id = OpenAttribute(owner, name, place);
        using H5Id type = Hdf5Error.CheckRead(H5A.GetElementType(id), Path, place, "has no type");
        using H5Id space = Hdf5Error.CheckRead(H5A.GetSpace(id), Path, place, "has no shape");
        long[] shape = Hdf5Shape.Of(space, Path, place);
        long count = shape.Aggregate(1L, (product, n) => product * n);
        if (count > MostAttributeElements)
        {
            throw new DataFormatException(Path, place, $"claims {count} elements, more than an attribute holds");
        }

        Hdf5Type kind = Hdf5Type.Of(type);
        int Read(H5Id memory, nint buffer) => H5A.Read(id, memory, buffer);
        return count == 0 ? new(kind, shape, [], [])
            : kind.IsNumeric ? new(kind, shape, Numbers((int)count, place, Read), [])
            : kind.Class == Hdf5Class.String ? new(kind, shape, [], Hdf5Text.Read(type, (int)count, Path, place, Read))
            : kind.Class == Hdf5Class.Reference ? new(kind, shape, [], References(type, (int)count, place, Read))
            : new(kind, shape, [], []);
    }

    private unsafe double[] Numbers(int count, string place, Func<H5Id, nint, int> read)
    {
        var numbers = new double[count];
        fixed (double* first = numbers)
        {
            Hdf5Error.CheckRead(read(MemoryType.Double.ToNative(), (nint)first), Path, place, "cannot be read");
        }

        return numbers;
    }

    /// <summary>References to objects as the objects' paths; "" where a reference is null or its object gone.</summary>
    private unsafe string[] References(H5Id type, int count, string place, Func<H5Id, nint, int> read)
    {
        Hdf5Type kind = Hdf5Type.Of(type);
        if (kind.Class != Hdf5Class.Reference || kind.Size != sizeof(ulong))
        {
            throw new DataFormatException(Path, place, $"is of type {kind}, expected references to objects");
        }

        var addresses = new ulong[count];
        fixed (ulong* first = addresses)
        {
            Hdf5Error.CheckRead(read(H5T.Predefined("H5T_STD_REF_OBJ_g"), (nint)first), Path, place, "cannot be read");
        }

        return [.. addresses.Select(PathOf)];
    }

    private string PathOf(ulong address)
    {
        const int ObjectReference = 0; // H5R_OBJECT
        var name = new byte[256];
        nint length = address == 0 ? 0 : H5R.GetName(Id, ObjectReference, in address, name, (nuint)name.Length);
        if (length >= name.Length && length < MostPathBytes)
        {
            name = new byte[length + 1];
            length = H5R.GetName(Id, ObjectReference, in address, name, (nuint)name.Length);
        }

        return length <= 0 || length >= name.Length ? "" : Encoding.UTF8.GetString(name.AsSpan(0, (int)length));
    }

    private H5Id OpenAttribute(string owner, string name, string place)
    {
        using H5Id id = Hdf5Error.CheckRead(H5L.OpenObject(Id, owner, 0), Path, owner, "is missing");
        return H5A.Exists(id, name) > 0
            ? Hdf5Error.CheckRead(H5A.Open(id, name, 0), Path, place, "cannot be opened, it may be damaged")
            : throw new DataFormatException(Path, place, "is missing, expected an attribute");
    }
}
