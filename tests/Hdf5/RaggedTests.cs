using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Nlb;
using Xunit;

namespace UnetSpikes.Tests.Hdf5;

/// <summary>Rows of variable length and booleans, as h5py has them.</summary>
public class RaggedTests
{
    [Fact]
    public void Rows_written_by_h5py_read_the_same()
    {
        using Hdf5File file = Hdf5File.OpenRead(NlbFiles.Golden("golden_target.h5"));

        int[][] rows = file.Dataset("/mc_maze/eval_cond_idx").ReadRaggedIntegers();

        // As h5py prints them: trials of four conditions, compressed.
        Assert.Equal([[0, 4], [1, 5, 9], [2, 6], [3, 7, 11]], rows);
    }

    [Fact]
    public void Booleans_written_by_h5py_read_the_same()
    {
        using Hdf5File file = Hdf5File.OpenRead(NlbFiles.Golden("golden_target.h5"));
        Hdf5Dataset mask = file.Dataset("/area2_bump/eval_decode_mask");

        Assert.Equal(Hdf5Class.Enumeration, mask.ElementType.Class);
        Assert.All(mask.Read<byte>(), value => Assert.True(value <= 1));
    }

    [Fact]
    public void Writing_then_reading_rows_is_identity()
    {
        using var folder = new TemporaryFolder();
        int run = 0;
        Law.Holds(Gen.Choose(int.MinValue, int.MaxValue).ArrayOf().ArrayOf(), 50, rows =>
        {
            string path = folder.File($"{run++}.h5");
            using (Hdf5File file = Hdf5File.Create(path))
            {
                file.WriteRaggedIntegers("/deep/rows", rows, run % 2 == 0 ? null : Hdf5Storage.Compressed([rows.Length], 16));
            }

            using Hdf5File read = Hdf5File.OpenRead(path);
            int[][] found = read.Dataset("/deep/rows").ReadRaggedIntegers();
            return found.Length == rows.Length && found.Zip(rows, (a, b) => a.SequenceEqual(b)).All(same => same);
        });
    }

    [Fact]
    public void Writing_then_reading_booleans_is_identity()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("b.h5");
        bool[] values = [true, false, false, true, true, false];
        using (Hdf5File file = Hdf5File.Create(path))
        {
            file.WriteBooleans("/masks", [3, 2], values, Hdf5Storage.Compressed([3, 2], 1) with { IsShuffled = false });
            file.WriteBooleans("/one", [], [true]);
            Assert.Throws<ArgumentException>(() => file.WriteBooleans("/wrong", [2], [true]));
        }

        using Hdf5File read = Hdf5File.OpenRead(path);
        Assert.Equal(values, read.Dataset("/masks").Read<byte>().Select(v => v == 1));
        Assert.Equal((Hdf5Class.Enumeration, 1), (read.Dataset("/masks").ElementType.Class, read.Dataset("/masks").ElementType.Size));
        Assert.Equal(1, read.ReadNumber("/one"));
    }

    [Fact]
    public void A_plain_table_is_rows_of_equal_length_and_anything_else_is_refused()
    {
        using var folder = new TemporaryFolder();
        using Hdf5File file = Hdf5File.Create(folder.File("t.h5"));
        file.Write<int>("/table", [2, 3], [1, 2, 3, 4, 5, 6]);
        file.Write<int>("/list", [2], [1, 2]);
        file.Write<double>("/numbers", [1, 1], [1]);

        Assert.Equal([[1, 2, 3], [4, 5, 6]], file.Dataset("/table").ReadRaggedIntegers());
        Assert.Contains("expected rows of integers", Assert.Throws<DataFormatException>(() => file.Dataset("/list").ReadRaggedIntegers()).Message, StringComparison.Ordinal);
        Assert.Throws<DataFormatException>(() => file.Dataset("/numbers").ReadRaggedIntegers());
    }
}
