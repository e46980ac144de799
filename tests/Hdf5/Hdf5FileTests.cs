using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Hdf5;

public class Hdf5FileTests
{
    private static readonly string Layouts = TestFiles.Golden("layouts.h5");

    [Theory]
    [InlineData("contiguous_int64", "int64")]
    [InlineData("contiguous_uint8", "uint8")]
    [InlineData("contiguous_float64", "float64")]
    [InlineData("big_endian_int32", "int32")]
    [InlineData("compact_float32", "float32")]
    [InlineData("gzip_int64", "int64")]
    [InlineData("growing_float32", "float32")]
    public void Every_layout_and_type_of_h5py_reads_the_same(string key, string type)
    {
        using Hdf5File file = Hdf5File.OpenRead(Layouts);

        Hdf5Dataset dataset = file.Dataset("/" + key);

        float[] expected = TestFiles.Counts(0, 1, 2, 3, 4);
        Assert.Equal([5, 6, 3], dataset.Shape);
        Assert.Equal(type, dataset.ElementType.ToString());
        Assert.Equal(expected, dataset.Read<float>());
        Assert.Equal(expected, dataset.Read<double>().Select(v => (float)v));
        Assert.Equal(expected, dataset.Read<long>().Select(v => (float)v));
        Assert.Equal(expected, dataset.Read<int>().Select(v => (float)v));
        Assert.Equal(expected, dataset.Read<byte>().Select(v => (float)v));
    }

    [Fact]
    public void A_box_is_the_same_part_of_the_whole()
    {
        using Hdf5File file = Hdf5File.OpenRead(Layouts);
        var box = new int[2 * 3 * 1];

        file.Dataset("/gzip_int64").ReadSlice<int>([1, 2, 1], [2, 3, 1], box);

        int[] expected = [.. from t in new[] { 1, 2 } from b in new[] { 2, 3, 4 } select ((7 * t) + (3 * b) + 1) % 4];
        Assert.Equal(expected, box);
    }

    [Fact]
    public void Zero_sized_axes_scalars_and_one_element_arrays_read()
    {
        using Hdf5File file = Hdf5File.OpenRead(Layouts);

        Assert.Empty(file.Dataset("/empty_axis").Read<float>());
        Assert.Equal([5, 6, 0], file.Dataset("/empty_axis").Shape);
        Assert.Equal("()", file.Dataset("/scalar").ShapeText);
        Assert.Equal(0.02, file.ReadNumber("/scalar"));
        Assert.Equal(3.5, file.ReadNumber("/one_by_one"));
        Assert.Equal([1, 0, 1], file.Dataset("/boolean").Read<int>());
    }

    [Fact]
    public void Texts_of_fixed_and_variable_length_read()
    {
        using Hdf5File file = Hdf5File.OpenRead(Layouts);

        Assert.Equal(["unit 7", "b"], file.Dataset("/fixed_text").ReadStrings());
        Assert.Equal(["imec0_12", "μ"], file.Dataset("/variable_text").ReadStrings());
        Assert.Equal("layouts", file.ReadTextAttribute("/", "name"));
        Assert.Equal("layouts", file.ReadTextAttribute("/", "name_fixed"));
    }

    [Fact]
    public void Keys_kinds_and_attributes_are_found()
    {
        using Hdf5File file = Hdf5File.OpenRead(Layouts);

        Assert.Equal(["inner"], file.Keys("/group"));
        Assert.Contains("gzip_int64", file.Keys());
        Assert.Equal(Hdf5ObjectKind.Group, file.Kind("/group"));
        Assert.Equal(Hdf5ObjectKind.Dataset, file.Kind("/group/inner"));
        Assert.Equal(Hdf5ObjectKind.Missing, file.Kind("/group/other"));
        Assert.Equal(Hdf5ObjectKind.Missing, file.Kind("/no/such/path"));
        Assert.Equal(Hdf5ObjectKind.Missing, file.Kind("/dangling"));
        Assert.Equal(Hdf5ObjectKind.Missing, file.Kind(""));
        Assert.Equal(Hdf5ObjectKind.Group, file.Kind("/"));
        Assert.Equal(20, file.ReadNumberAttribute("/group", "bin_ms"));
        Assert.False(file.HasAttribute("/", "bin_ms"));
        Assert.Equal([2, 4, 3], file.Dataset("/gzip_int64").Chunk!);
        Assert.True(file.Dataset("/gzip_int64").IsFiltered);
        Assert.Null(file.Dataset("/contiguous_int64").Chunk);
    }

    [Theory]
    [InlineData("/nothing", "/nothing is missing, expected a dataset")]
    [InlineData("/no/such/path", "/no/such/path is missing, expected a dataset")]
    [InlineData("/group", "/group is not a dataset")]
    public void A_dataset_that_is_not_there_is_named(string key, string problem)
    {
        using Hdf5File file = Hdf5File.OpenRead(Layouts);

        var error = Assert.Throws<DataFormatException>(() => file.Dataset(key));

        Assert.Equal($"{Layouts}: {problem}", error.Message);
        Assert.Equal(key, error.Place);
        Assert.Equal(3, error.ExitCode);
    }

    [Fact]
    public void A_dangling_link_carries_HDF5s_own_reason()
    {
        using Hdf5File file = Hdf5File.OpenRead(Layouts);

        var error = Assert.Throws<DataFormatException>(() => file.Dataset("/dangling"));

        Assert.StartsWith($"{Layouts}: /dangling cannot be opened, it may be damaged (HDF5: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_types_ranks_and_sizes_are_refused()
    {
        using Hdf5File file = Hdf5File.OpenRead(Layouts);

        Assert.EndsWith("/fixed_text is of type string, expected numbers", Refusal(() => file.Dataset("/fixed_text").Read<float>()));
        Assert.EndsWith("/compound is of type other, expected numbers", Refusal(() => file.Dataset("/compound").Read<float>()));
        Assert.EndsWith("/scalar is of type float64, expected text", Refusal(() => file.Dataset("/scalar").ReadStrings()));
        Assert.EndsWith("/group/inner has 2 axes, expected 3 [trial, bin, unit]", Refusal(() => file.Dataset("/group/inner").RequireRank(3, "[trial, bin, unit]")));
        Assert.EndsWith("/boolean has shape (3,), expected one number", Refusal(() => file.ReadNumber("/boolean")));
        Assert.EndsWith("/@several is an array, expected one value", Refusal(() => file.ReadNumberAttribute("/", "several")));
        Assert.EndsWith("/@name is of type string, expected a number", Refusal(() => file.ReadNumberAttribute("/", "name")));
        Assert.EndsWith("/@nothing is missing, expected an attribute", Refusal(() => file.ReadTextAttribute("/", "nothing")));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Dataset("/gzip_int64").ReadSlice<int>([4, 0, 0], [2, 1, 1], new int[2]));
        Assert.Throws<ArgumentException>(() => file.Dataset("/gzip_int64").ReadSlice<int>([0, 0, 0], [2, 1, 1], new int[1]));
    }

    [Fact]
    public void What_is_no_HDF5_file_is_said_in_one_line()
    {
        using var folder = new TemporaryFolder();
        string text = folder.Write("notes.h5", "these are notes, not data; nobody would believe otherwise"u8);
        string empty = folder.Write("empty.h5", []);

        Assert.Equal($"{text}: is not an HDF5 file (no HDF5 signature)", Refusal(() => Hdf5File.OpenRead(text)));
        Assert.Equal($"{empty}: is not an HDF5 file (no HDF5 signature)", Refusal(() => Hdf5File.OpenRead(empty)));
        Assert.Equal($"{folder.Path}: is a folder, expected an HDF5 file", Refusal(() => Hdf5File.OpenRead(folder.Path)));
        Assert.Equal($"{text}.gone: no such file", Refusal(() => Hdf5File.OpenRead(text + ".gone")));
    }

    [Fact]
    public void A_shape_that_is_only_claimed_sets_no_memory_aside()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("claims.h5");
        using (Hdf5File file = Hdf5File.Create(path))
        {
            file.CreateDataset("/large", Hdf5Type.Int64, [2000, 1000, 1000], new Hdf5Storage { Chunk = [1, 100, 100], GzipLevel = 1 });
            file.CreateDataset("/larger", Hdf5Type.Int64, [1L << 40, 1000, 1000], new Hdf5Storage { Chunk = [1, 100, 100], GzipLevel = 1 });
        }

        using Hdf5File read = Hdf5File.OpenRead(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string large = Refusal(() => read.Dataset("/large").Read<float>());
        string larger = Refusal(() => read.Dataset("/larger").Read<float>());

        Assert.Contains("/large claims shape (2000, 1000, 1000), impossible in a file of ", large, StringComparison.Ordinal);
        Assert.Contains("/larger claims shape", larger, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Files_are_read_from_many_threads()
    {
        float[] expected = TestFiles.Counts(0, 1, 2, 3, 4);

        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            using Hdf5File file = Hdf5File.OpenRead(Layouts);
            Assert.Equal(expected, file.Dataset("/gzip_int64").Read<float>());
            Assert.Throws<DataFormatException>(() => file.Dataset("/nothing"));
        });
    }

    [Fact]
    public void The_library_says_its_version_and_where_it_is()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+$", Hdf5Library.Version);
        Assert.Contains("hdf5", Hdf5Library.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_library_is_one_line_with_the_command_to_run()
    {
        var error = Assert.Throws<Hdf5LibraryException>(() => Hdf5LibraryNames.Find(["libhdf5-that-is-not-there.so"]));

        Assert.Equal(5, error.ExitCode);
        Assert.Contains("not found (looked for libhdf5-that-is-not-there.so); install it with: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static string Refusal(Func<object> action) => Assert.Throws<DataFormatException>(action).Message;
}
