using System.Text;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;
using UnetSpikes.Hdf5.Reading;

namespace UnetSpikes.Hdf5;

/// <content>Attributes: numbers, texts and references.</content>
public sealed partial class Hdf5File
{
    /// <summary>HDF5 keeps a classic attribute inside the object's header, which ends at 64 KB.</summary>
    private const int MaxAttributeBytes = 64_000;

    /// <summary>Whether an object carries an attribute.</summary>
    /// <param name="owner">The group's or dataset's path; <c>/</c> for the file's own.</param>
    /// <param name="name">The attribute's name.</param>
    public bool HasAttribute(string owner, string name) => Reading.HasAttribute(owner, name);

    /// <summary>Reads an attribute whatever it holds.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">The attribute's name.</param>
    /// <exception cref="DataFormatException">There is none, or it is damaged.</exception>
    public Hdf5AttributeValue ReadAttribute(string owner, string name) => Reading.ReadAttribute(owner, name);

    /// <summary>Reads an attribute that is one number.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">The attribute's name.</param>
    /// <exception cref="DataFormatException">There is none, or it is not one number.</exception>
    public double ReadNumberAttribute(string owner, string name)
    {
        Hdf5AttributeValue attribute = OneElement(owner, name);
        return attribute.Type.IsNumeric
            ? attribute.Numbers[0]
            : throw new DataFormatException(Path, owner + "@" + name, $"is of type {attribute.Type}, expected a number");
    }

    /// <summary>Reads an attribute that is one text.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">The attribute's name.</param>
    /// <exception cref="DataFormatException">There is none, or it is not one text.</exception>
    public string ReadTextAttribute(string owner, string name)
    {
        Hdf5AttributeValue attribute = OneElement(owner, name);
        return attribute.Type.Class == Hdf5Class.String
            ? attribute.Texts[0]
            : throw new DataFormatException(Path, owner + "@" + name, $"is of type {attribute.Type}, expected text");
    }

    /// <summary>Writes an attribute that is one number.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">A new attribute's name.</param>
    /// <param name="value">Stored as float64.</param>
    public unsafe void WriteAttribute(string owner, string name, double value)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        CreateAttribute(owner, name, H5T.Predefined("H5T_IEEE_F64LE_g"), MemoryType.Double.ToNative(), (nint)(&value));
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

    private Hdf5AttributeValue OneElement(string owner, string name)
    {
        Hdf5AttributeValue attribute = ReadAttribute(owner, name);
        return attribute.Shape.Aggregate(1L, (product, n) => product * n) == 1
            ? attribute
            : throw new DataFormatException(Path, owner + "@" + name, "is an array, expected one value");
    }

    private void CreateAttribute(string owner, string name, H5Id type, H5Id memory, nint value, long[]? shape = null)
    {
        string place = owner + "@" + name;
        using H5Id id = Hdf5Error.CheckWrite(H5L.OpenObject(Created.Id, owner, 0), Path, owner, "is missing");
        using H5Id space = Hdf5Shape.ToSpace(shape ?? [], canGrow: false);
        using H5Id attribute = Hdf5Error.CheckWrite(H5A.Create(id, name, type, space, 0, 0), Path, place, "cannot be created");
        Hdf5Error.CheckWrite(H5A.Write(attribute, memory, value), Path, place, "cannot be written");
    }
}
