using System.Diagnostics;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Hdf5.Readers;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Hdf5;

/// <summary>What happens to a file when the process that reads it does not survive it.</summary>
public class ReaderProcessTests
{
    private static readonly string Layouts = TestFiles.Golden("layouts.h5");

    [Fact]
    public void A_reader_that_dies_is_one_line_and_the_next_file_reads()
    {
        using (Hdf5File file = Hdf5File.OpenRead(Layouts))
        {
            using Process reader = Process.GetProcessById(((RemoteFile)file.Reading).ReaderId);
            reader.Kill();
            reader.WaitForExit();

            var error = Assert.Throws<DataFormatException>(() => file.Keys());
            Assert.Equal($"{Layouts}: / cannot be read: the HDF5 library was killed (SIGKILL), the file is damaged", error.Message);
            Assert.Contains("crashed on this file before", Assert.Throws<DataFormatException>(() => file.Keys()).Message, StringComparison.Ordinal);
        }

        using Hdf5File next = Hdf5File.OpenRead(Layouts);
        Assert.Contains("gzip_int64", next.Keys());
    }

    [Fact]
    public void A_reader_is_used_again_and_files_side_by_side_have_one_each()
    {
        int first, second;
        using (Hdf5File file = Hdf5File.OpenRead(Layouts))
        using (Hdf5File other = Hdf5File.OpenRead(Layouts))
        {
            (first, second) = (((RemoteFile)file.Reading).ReaderId, ((RemoteFile)other.Reading).ReaderId);
        }

        Assert.NotEqual(first, second);
        Assert.NotEqual(Environment.ProcessId, first);
    }

    [Fact]
    public void Large_arrays_come_in_pieces_and_whole()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("large.h5");
        var values = new double[3 * 2_500_001];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = i;
        }

        using (Hdf5File file = Hdf5File.Create(path))
        {
            file.Write<double>("/values", [3, 2_500_001], values);
        }

        using Hdf5File read = Hdf5File.OpenRead(path);
        Assert.Equal(values, read.Dataset("/values").Read<double>());
    }
}
