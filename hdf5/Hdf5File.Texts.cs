using System.Runtime.InteropServices;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <content>Texts of variable length and references to objects, as h5py and pynwb write them.</content>
public sealed partial class Hdf5File
{
    /// <summary>Creates a dataset of one text of variable length.</summary>
    /// <param name="path">Such as <c>/identifier</c>.</param>
    /// <param name="value">UTF-8.</param>
    public void WriteText(string path, string value) => WriteTexts(path, [], [value]);

    /// <summary>Creates a dataset of texts of variable length.</summary>
    /// <param name="path">Such as <c>/file_create_date</c>.</param>
    /// <param name="values">UTF-8; may be empty.</param>
    public void WriteTexts(string path, IReadOnlyList<string> values) => WriteTexts(path, [values.Count], values);

    /// <summary>Writes an attribute of one text of variable length.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">A new attribute's name.</param>
    /// <param name="value">UTF-8, of any length that fits the file.</param>
    public void WriteTextAttribute(string owner, string name, string value) => WriteTextAttribute(owner, name, null, [value]);

    /// <summary>Writes an attribute of texts of variable length.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">A new attribute's name.</param>
    /// <param name="values">UTF-8.</param>
    public void WriteTextsAttribute(string owner, string name, IReadOnlyList<string> values) => WriteTextAttribute(owner, name, [values.Count], values);

    /// <summary>Writes an attribute that refers to an object.</summary>
    /// <param name="owner">The group's or dataset's path.</param>
    /// <param name="name">A new attribute's name.</param>
    /// <param name="target">The object's path; it exists.</param>
    /// <exception cref="IOException">There is no such object.</exception>
    public unsafe void WriteReferenceAttribute(string owner, string name, string target)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        const int ObjectReference = 0; // H5R_OBJECT
        ulong address = 0;
        Hdf5Error.CheckWrite(H5R.Create(out address, Created.Id, target, ObjectReference, -1), Path, target, "cannot be referred to");
        H5Id type = H5T.Predefined("H5T_STD_REF_OBJ_g");
        CreateAttribute(owner, name, type, type, (nint)(&address));
    }

    private unsafe void WriteTexts(string path, long[] shape, IReadOnlyList<string> values)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id type = Hdf5Text.Variable();
        Hdf5Dataset dataset = CreateDataset(path, type, shape, Hdf5Storage.Contiguous);
        using var texts = new NativeTexts(values);
        fixed (nint* first = texts.Pointers)
        {
            dataset.WriteRaw(type, (nint)first);
        }
    }

    private unsafe void WriteTextAttribute(string owner, string name, long[]? shape, IReadOnlyList<string> values)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id type = Hdf5Text.Variable();
        using var texts = new NativeTexts(values);
        fixed (nint* first = texts.Pointers)
        {
            CreateAttribute(owner, name, type, type, (nint)first, shape);
        }
    }

    /// <summary>Texts where the library can read them.</summary>
    private sealed class NativeTexts(IReadOnlyList<string> values) : IDisposable
    {
        public nint[] Pointers { get; } = [.. values.Select(Marshal.StringToCoTaskMemUTF8)];

        public void Dispose()
        {
            foreach (nint pointer in Pointers)
            {
                Marshal.FreeCoTaskMem(pointer);
            }
        }
    }
}
