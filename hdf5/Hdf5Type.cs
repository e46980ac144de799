using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <summary>What kind of elements a dataset or attribute has (H5T_class_t, as far as we tell them apart).</summary>
public enum Hdf5Class
{
    /// <summary>Integers.</summary>
    Integer,

    /// <summary>Floating-point numbers.</summary>
    Float,

    /// <summary>Text, of fixed or variable length.</summary>
    String,

    /// <summary>Named integers; h5py's booleans.</summary>
    Enumeration,

    /// <summary>References to objects of the file.</summary>
    Reference,

    /// <summary>Lists of any length.</summary>
    Ragged,

    /// <summary>Anything else: compounds, opaque bytes.</summary>
    Other,
}

/// <summary>The type of a dataset's or attribute's elements as the file stores them.</summary>
/// <param name="Class">The kind of element.</param>
/// <param name="Size">Bytes per element; 0 for text of variable length.</param>
/// <param name="IsSigned">Whether an integer has a sign.</param>
public sealed record Hdf5Type(Hdf5Class Class, int Size, bool IsSigned)
{
    /// <summary>float32.</summary>
    public static Hdf5Type Single { get; } = new(Hdf5Class.Float, 4, true);

    /// <summary>float64.</summary>
    public static Hdf5Type Double { get; } = new(Hdf5Class.Float, 8, true);

    /// <summary>int64.</summary>
    public static Hdf5Type Int64 { get; } = new(Hdf5Class.Integer, 8, true);

    /// <summary>int32.</summary>
    public static Hdf5Type Int32 { get; } = new(Hdf5Class.Integer, 4, true);

    /// <summary>uint8.</summary>
    public static Hdf5Type Byte { get; } = new(Hdf5Class.Integer, 1, false);

    /// <summary>Whether elements can be read as numbers.</summary>
    public bool IsNumeric => Class is Hdf5Class.Integer or Hdf5Class.Float or Hdf5Class.Enumeration;

    /// <summary>numpy's name for it: "int64", "uint8", "float32", "string".</summary>
    public override string ToString() => Class switch
    {
        Hdf5Class.Integer => (IsSigned ? "int" : "uint") + (8 * Size),
        Hdf5Class.Float => "float" + (8 * Size),
        Hdf5Class.String => "string",
        Hdf5Class.Enumeration => "enumeration",
        Hdf5Class.Reference => "reference",
        Hdf5Class.Ragged => "lists",
        _ => "other",
    };

    /// <summary>Describes a type of the file.</summary>
    internal static Hdf5Type Of(H5Id type)
    {
        // H5T_class_t: 0 integer, 1 float, 3 string, 7 reference, 8 enumeration, 9 variable-length list.
        Hdf5Class kind = H5T.GetClass(type) switch
        {
            0 => Hdf5Class.Integer,
            1 => Hdf5Class.Float,
            3 => Hdf5Class.String,
            7 => Hdf5Class.Reference,
            8 => Hdf5Class.Enumeration,
            9 => Hdf5Class.Ragged,
            _ => Hdf5Class.Other,
        };
        bool isVariable = kind == Hdf5Class.String && H5T.IsVariableString(type) > 0;
        nuint size = isVariable ? 0 : H5T.GetSize(type);
        return new Hdf5Type(kind, (int)Math.Min(size, int.MaxValue), kind != Hdf5Class.Integer || H5T.GetSign(type) != 0);
    }

    /// <summary>The library's native type with this layout in memory, for creating datasets.</summary>
    internal H5Id ToNative() => H5T.Predefined((Class, Size, IsSigned) switch
    {
        (Hdf5Class.Float, 4, _) => "H5T_IEEE_F32LE_g",
        (Hdf5Class.Float, 8, _) => "H5T_IEEE_F64LE_g",
        (Hdf5Class.Integer, 8, true) => "H5T_STD_I64LE_g",
        (Hdf5Class.Integer, 4, true) => "H5T_STD_I32LE_g",
        (Hdf5Class.Integer, 1, false) => "H5T_STD_U8LE_g",
        _ => throw new NotSupportedException($"datasets of {this} are not written"),
    });
}
