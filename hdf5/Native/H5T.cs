using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Tpublic.h: element types.</summary>
internal static partial class H5T
{
    /// <summary>H5T_VARIABLE: the size of a variable-length string.</summary>
    public static readonly nuint Variable = nuint.MaxValue;

    /// <summary>One of the library's own types, by its exported variable, such as <c>H5T_NATIVE_FLOAT_g</c>.</summary>
    public static H5Id Predefined(string symbol) => H5Id.Borrow(Hdf5Library.ReadIdVariable(symbol));

    [LibraryImport(H5.Library, EntryPoint = "H5Tcopy")]
    public static partial H5Id Copy(H5Id type);

    [LibraryImport(H5.Library, EntryPoint = "H5Tget_class")]
    public static partial int GetClass(H5Id type);

    [LibraryImport(H5.Library, EntryPoint = "H5Tget_size")]
    public static partial nuint GetSize(H5Id type);

    [LibraryImport(H5.Library, EntryPoint = "H5Tget_sign")]
    public static partial int GetSign(H5Id type);

    [LibraryImport(H5.Library, EntryPoint = "H5Tget_cset")]
    public static partial int GetCharacterSet(H5Id type);

    [LibraryImport(H5.Library, EntryPoint = "H5Tset_size")]
    public static partial int SetSize(H5Id type, nuint size);

    [LibraryImport(H5.Library, EntryPoint = "H5Tset_cset")]
    public static partial int SetCharacterSet(H5Id type, int set);

    [LibraryImport(H5.Library, EntryPoint = "H5Tset_strpad")]
    public static partial int SetPadding(H5Id type, int padding);

    [LibraryImport(H5.Library, EntryPoint = "H5Tis_variable_str")]
    public static partial int IsVariableString(H5Id type);

    [LibraryImport(H5.Library, EntryPoint = "H5Tvlen_create")]
    public static partial H5Id CreateRagged(H5Id element);

    [LibraryImport(H5.Library, EntryPoint = "H5Tget_super")]
    public static partial H5Id GetElement(H5Id type);

    [LibraryImport(H5.Library, EntryPoint = "H5Tenum_create")]
    public static partial H5Id CreateEnumeration(H5Id integer);

    [LibraryImport(H5.Library, EntryPoint = "H5Tenum_insert", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AddName(H5Id enumeration, string name, in sbyte value);
}
