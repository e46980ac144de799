using System.Text;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <content>Attributes: single numbers and texts.</content>
public sealed partial class Hdf5File
{
    /// <summary>HDF5 keeps a classic attribute inside the object's header, which ends at 64 KB.</summary>
    private const int MaxAttributeBytes = 64_000;

    /// <summary>Whether an object carries an attribute.</summary>
    /// <param name="owner">The group's or dataset's path; <c>/</c> for the file's own.</param>
    /// <param name="name">The attribute's name.</param>
    public bool HasAttribute(string owner, string name)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id id = Hdf5Error.CheckRead(H5L.OpenObject(_id, owner, 0), Path, owner, "is missing");
        return H5A.Exists(id, name) > 0;
    }

    /// <summary>Reads an attribute that is one number.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">The attribute's name.</param>
    /// <exception cref="DataFormatException">There is none, or it is not one number.</exception>
    public double ReadNumberAttribute(string owner, string name)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id id = OpenAttribute(owner, name, out string place);
        using H5Id type = Hdf5Error.CheckRead(H5A.GetElementType(id), Path, place, "has no type");
        RequireOneElement(id, place);
        if (!Hdf5Type.Of(type).IsNumeric)
        {
            throw new DataFormatException(Path, place, $"is of type {Hdf5Type.Of(type)}, expected a number");
        }

        double value = 0;
        unsafe
        {
            Hdf5Error.CheckRead(H5A.Read(id, Hdf5Type.InMemory<double>(), (nint)(&value)), Path, place, "cannot be read");
        }

        return value;
    }

    /// <summary>Reads an attribute that is one text.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">The attribute's name.</param>
    /// <exception cref="DataFormatException">There is none, or it is not one text.</exception>
    public string ReadTextAttribute(string owner, string name)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id id = OpenAttribute(owner, name, out string place);
        using H5Id type = Hdf5Error.CheckRead(H5A.GetElementType(id), Path, place, "has no type");
        RequireOneElement(id, place);
        return Hdf5Text.Read(type, 1, Path, place, (memory, buffer) => H5A.Read(id, memory, buffer))[0];
    }

    /// <summary>Writes an attribute that is one number.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">A new attribute's name.</param>
    /// <param name="value">Stored as float64.</param>
    public unsafe void WriteAttribute(string owner, string name, double value)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        CreateAttribute(owner, name, H5T.Predefined("H5T_IEEE_F64LE_g"), Hdf5Type.InMemory<double>(), (nint)(&value));
    }

    /// <summary>Writes an attribute that is one text.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">A new attribute's name.</param>
    /// <param name="value">At most about 64,000 bytes of UTF-8.</param>
    /// <exception cref="ArgumentException">The text is longer than an attribute can be.</exception>
    public unsafe void WriteAttribute(string owner, string name, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value + "\0");
        if (bytes.Length > MaxAttributeBytes)
        {
            throw new ArgumentException($"{bytes.Length} bytes are more than an attribute holds", nameof(value));
        }

        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id type = Hdf5Text.FixedLength(bytes.Length);
        fixed (byte* first = bytes)
        {
            CreateAttribute(owner, name, type, type, (nint)first);
        }
    }

    private H5Id OpenAttribute(string owner, string name, out string place)
    {
        place = owner + "@" + name;
        using H5Id id = Hdf5Error.CheckRead(H5L.OpenObject(_id, owner, 0), Path, owner, "is missing");
        return H5A.Exists(id, name) > 0
            ? Hdf5Error.CheckRead(H5A.Open(id, name, 0), Path, place, "cannot be opened, it may be damaged")
            : throw new DataFormatException(Path, place, "is missing, expected an attribute");
    }

    private void RequireOneElement(H5Id attribute, string place)
    {
        using H5Id space = Hdf5Error.CheckRead(H5A.GetSpace(attribute), Path, place, "has no shape");
        if (Hdf5Shape.Of(space, Path, place).Aggregate(1L, (product, n) => product * n) != 1)
        {
            throw new DataFormatException(Path, place, "is an array, expected one value");
        }
    }

    private void CreateAttribute(string owner, string name, H5Id type, H5Id memory, nint value)
    {
        string place = owner + "@" + name;
        using H5Id id = Hdf5Error.CheckWrite(H5L.OpenObject(_id, owner, 0), Path, owner, "is missing");
        using H5Id space = H5S.Create(H5S.Scalar);
        using H5Id attribute = Hdf5Error.CheckWrite(H5A.Create(id, name, type, space, 0, 0), Path, place, "cannot be created");
        Hdf5Error.CheckWrite(H5A.Write(attribute, memory, value), Path, place, "cannot be written");
    }
}
