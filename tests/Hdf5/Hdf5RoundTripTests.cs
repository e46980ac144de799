using FsCheck.Fluent;
using UnetSpikes.Hdf5;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Hdf5;

public class Hdf5RoundTripTests
{
    [Fact]
    public void Writing_then_reading_is_identity_for_any_shape_and_storage()
    {
        using var folder = new TemporaryFolder();
        int run = 0;
        var gen = from rank in Gen.Choose(0, 4)
                  from shape in Gen.Choose(0, 5).ArrayOf(rank)
                  from gzip in Gen.Choose(0, 9)
                  from seed in Gen.Choose(0, int.MaxValue)
                  select (shape, gzip, seed);

        Law.Holds(gen, 100, sample =>
        {
            (int[] shape, int gzip, int seed) = sample;
            long[] sizes = [.. shape.Select(n => (long)n)];
            var rng = new UnetSpikes.Core.Rng((ulong)seed, "values");
            double[] values = [.. Enumerable.Range(0, shape.Aggregate(1, (p, n) => p * n)).Select(_ => rng.NextNormal())];
            string path = folder.File($"{run++}.h5");
            using (Hdf5File file = Hdf5File.Create(path))
            {
                file.Write<double>("/deep/values", sizes, values, gzip == 0 ? null : Hdf5Storage.Compressed(shape, 8, gzip));
                file.Flush();
            }

            using Hdf5File read = Hdf5File.OpenRead(path);
            Hdf5Dataset dataset = read.Dataset("/deep/values");
            return dataset.Shape.SequenceEqual(sizes) && dataset.Read<double>().SequenceEqual(values);
        });
    }

    [Fact]
    public void Slabs_written_in_any_order_make_the_whole_and_the_first_axis_grows()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("slabs.h5");
        using (Hdf5File file = Hdf5File.Create(path))
        {
            Hdf5Dataset grown = file.CreateDataset("/grown", Hdf5Type.Single, [1, 2], new Hdf5Storage { Chunk = [4, 2], CanGrow = true });
            grown.Extend(3);
            grown.WriteSlice<float>([2, 0], [1, 2], [5, 6]);
            grown.WriteSlice<float>([0, 0], [2, 2], [1, 2, 3, 4]);
            Assert.Throws<ArgumentOutOfRangeException>(() => grown.WriteSlice<float>([3, 0], [1, 2], [7, 8]));
            file.WriteAttribute("/grown", "note", "μ");
            file.WriteAttribute("/", "width", 2.5);
            file.WriteStrings("/ids", ["a", "", "μμ"]);
            file.WriteStrings("/none", []);
        }

        using Hdf5File read = Hdf5File.OpenRead(path);
        Assert.Equal([1, 2, 3, 4, 5, 6], read.Dataset("/grown").Read<float>());
        Assert.Equal("μ", read.ReadTextAttribute("/grown", "note"));
        Assert.Equal(2.5, read.ReadNumberAttribute("/", "width"));
        Assert.Equal(["a", "", "μμ"], read.Dataset("/ids").ReadStrings());
        Assert.Empty(read.Dataset("/none").ReadStrings());
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [folder.File("a.h5"), folder.File("b.h5")];
        foreach (string path in paths)
        {
            using Hdf5File file = Hdf5File.Create(path);
            file.Write<long>("/x", [100, 10], [.. Enumerable.Range(0, 1000).Select(i => (long)i)], Hdf5Storage.Compressed([100, 10], 8));
        }

        Assert.Equal(System.IO.File.ReadAllBytes(paths[0]), System.IO.File.ReadAllBytes(paths[1]));
    }

    [SkippableFact]
    public void A_program_started_while_a_file_is_written_does_not_keep_it_from_being_read()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "descriptors are inherited by started programs on Unix; sleep is the program here");
        using var folder = new TemporaryFolder();
        string path = folder.File("x.h5");
        System.Diagnostics.Process child;
        using (Hdf5File file = Hdf5File.Create(path))
        {
            file.WriteNumber("/x", 1.0);
            child = System.Diagnostics.Process.Start("sleep", "60");
        }

        try
        {
            using Hdf5File read = Hdf5File.OpenRead(path);
            Assert.Equal(1.0, read.ReadNumber("/x"));
            using Hdf5File again = Hdf5File.Create(folder.File("y.h5"));
        }
        finally
        {
            child.Kill();
            child.Dispose();
        }
    }

    [Fact]
    public void A_folder_that_is_not_there_is_an_IO_error_not_a_data_error()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<IOException>(() => Hdf5File.Create(folder.File("no/such/folder.h5")));

        Assert.Contains("cannot be created", error.Message, StringComparison.Ordinal);
    }
}
