using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Numpy;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Formats;

/// <summary>numpy's files against what numpy says is in them.</summary>
public sealed class NumpyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("counts_i1.npy")]
    [InlineData("counts_u2_big.npy")]
    [InlineData("counts_f2.npy")]
    [InlineData("counts_f4_fortran.npy")]
    [InlineData("counts_i8_big_fortran.npy")]
    [InlineData("counts_u8.npy")]
    [InlineData("counts_v2.npy")]
    [InlineData("counts_v3.npy")]
    public void Counts_of_any_type_order_and_version_are_read(string name)
    {
        using CountsSource source = CountsSource.Open(FormatFiles.In(name));
        CountsArray array = Assert.Single(source.Arrays);

        Assert.Equal(("spikes", 4, 6, 3, (double?)null), (array.Name, array.Trials, array.Bins, array.Units, array.BinWidthMs));
        Assert.Equal(FormatFiles.Counts, Enumerable.Range(0, 4).Select(trial => FormatFiles.Trial(array, trial)));
        Assert.Equal(FormatFiles.Counts[2][5..], FormatFiles.Trial(array, 2)[5..]);
    }

    [Fact]
    public void Two_axes_are_one_long_trial()
    {
        using CountsSource source = CountsSource.Open(FormatFiles.In("long_fortran.npy"));

        Assert.Equal((1, 6, 3), (source.Arrays[0].Trials, source.Arrays[0].Bins, source.Arrays[0].Units));
        Assert.Equal(FormatFiles.Counts[0], FormatFiles.Trial(source.Arrays[0], 0, piece: 5));
    }

    [Fact]
    public void A_zip_files_arrays_are_counts_by_their_names_with_bins_and_units()
    {
        using CountsSource source = CountsSource.Open(FormatFiles.In("plain.npz"));

        Assert.Equal(["first", "second"], source.Arrays.Select(array => array.Name));
        Assert.Equal(["a", "bb", "ü"], source.UnitIds!);
        Assert.All(source.Arrays, array => Assert.Equal(20, array.BinWidthMs));
        Assert.Equal(FormatFiles.Counts, Enumerable.Range(0, 4).Select(trial => FormatFiles.Trial(source.Array("first"), trial)));
        Assert.Equal(FormatFiles.Counts[0], FormatFiles.Trial(source.Array("second"), 0));
    }

    [Fact]
    public void Where_an_array_has_a_name_of_counts_the_others_are_left_alone()
    {
        using CountsSource source = CountsSource.Open(FormatFiles.In("compressed.npz"));
        CountsArray array = Assert.Single(source.Arrays);

        Assert.Equal(("spikes", 20, 70.0), (array.Name, array.Trials, array.BinWidthMs!.Value));
        Assert.Equal(["4", "11", "7"], source.UnitIds!);
        Assert.Equal(Enumerable.Range(0, 20).Select(trial => FormatFiles.Counts[trial % 4]), Enumerable.Range(0, 20).Select(trial => FormatFiles.Trial(array, trial)));
    }

    [Fact]
    public void Trials_and_bins_in_Fortrans_order_come_out_the_same_in_any_order_of_reading()
    {
        // 3 blocks of trials and a trial larger than a block, against the formula.
        const int Trials = 5, Bins = 700_000, Units = 4;
        string path = _folder.File("big.npy");
        using (FileStream file = File.Create(path))
        {
            file.Write(NpyBytes.WithHeader($"{{'descr': '|u1', 'fortran_order': True, 'shape': ({Trials}, {Bins}, {Units}), }}\n", []));
            file.Write([.. from unit in Enumerable.Range(0, Units) from bin in Enumerable.Range(0, Bins) from trial in Enumerable.Range(0, Trials) select At(trial, bin, unit)]);
        }

        using CountsSource source = CountsSource.Open(path);
        var values = new float[3 * Units];
        foreach ((int trial, int bin) in new[] { (0, 0), (0, 699_997), (4, 350_000), (2, 5), (3, 699_997) })
        {
            source.Arrays[0].Read(trial, bin, 3, values);
            Assert.Equal(from b in Enumerable.Range(bin, 3) from unit in Enumerable.Range(0, Units) select (float)At(trial, b, unit), values);
        }

        static byte At(int trial, int bin, int unit) => (byte)(((7 * trial) + bin + (31 * unit)) % 23);
    }

    [Theory]
    [InlineData("objects.npy", "holds pickled Python objects, which are never run, expected numbers")]
    [InlineData("table.npy", "has columns of several types (a structured array), expected numbers")]
    public void Objects_and_tables_are_refused(string name, string problem)
    {
        string path = FormatFiles.In(name);

        FormatFiles.Refused(path, problem, () => CountsSource.Open(path));
    }

    [Theory]
    [InlineData("<i8", "(3,)", 24, "has shape (3,), expected [trial, bin, unit] or [bin, unit]")]
    [InlineData("<i8", "(3, 2)", 40, "holds 40 bytes of elements, expected 48 for int64 of shape (3, 2)")]
    [InlineData("<i8", "(3, 2)", 56, "holds 56 bytes of elements, expected 48 for int64 of shape (3, 2)")]
    [InlineData("<i8", "(4000000000, 4000000000)", 8, "holds 8 bytes of elements, expected 128000000000000000000 for int64 of shape (4000000000, 4000000000)")]
    [InlineData("<i8", "(9223372036854775808,)", 8, "has a damaged header: shape (9223372036854775808,)")]
    [InlineData("<i8", "(-3, 2)", 48, "has a damaged header: no 'shape'")]
    [InlineData("", "(3, 2)", 48, "has a damaged header: type ''")]
    [InlineData("<i3", "(3, 2)", 18, "is of type int24, expected numbers")]
    [InlineData("<c8", "(3, 2)", 48, "is of type complex64, expected numbers")]
    [InlineData("<U999999999", "(3, 2)", 48, "holds 48 bytes of elements, expected 23999999976 for text of shape (3, 2)")]
    public void Headers_that_do_not_fit_are_refused(string descr, string shape, int bytes, string problem)
    {
        string path = _folder.Write("a.npy", NpyBytes.Of(descr, shape, new byte[bytes]));

        FormatFiles.Refused(path, problem, () => CountsSource.Open(path));
    }

    [Fact]
    public void Headers_cut_short_or_of_a_newer_version_are_refused()
    {
        byte[] whole = NpyBytes.Of("<i8", "(3, 2)", new byte[48]);
        string cut = _folder.Write("cut.npy", whole.AsSpan()[..40]), start = _folder.Write("start.npy", whole.AsSpan()[..9]), newer = _folder.Write("newer.npy", [.. whole[..6], 4, .. whole[7..]]);

        FormatFiles.Refused(cut, "is a numpy array cut short within its header", () => CountsSource.Open(cut));
        FormatFiles.Refused(start, "is a numpy array cut short within its header", () => CountsSource.Open(start));
        FormatFiles.Refused(newer, "is a numpy array of format version 4, expected 1 to 3", () => CountsSource.Open(newer));
    }

    [Fact]
    public void What_is_no_count_is_named_with_its_place_in_either_order()
    {
        byte[] elements = [.. new double[] { 0, 1, 2, 0.5, 0, 0 }.SelectMany(BitConverter.GetBytes)];
        string rows = _folder.Write("c.npy", NpyBytes.Of("<f8", "(1, 2, 3)", elements));
        string columns = _folder.Write("f.npy", NpyBytes.WithHeader("{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2, 3), }\n", elements));

        FormatFiles.Refused(rows, "has 0.5 at [0, 1, 0], expected whole spike counts of at least 0", () => Read(rows));
        FormatFiles.Refused(columns, "has 0.5 at [0, 1, 1], expected whole spike counts of at least 0", () => Read(columns));
    }

    [Fact]
    public void Damage_to_any_byte_of_a_zip_file_is_refused_or_changes_nothing()
    {
        byte[] whole = File.ReadAllBytes(FormatFiles.In("compressed.npz"));
        int refused = 0;
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            string path = _folder.Write("a.npz", damaged);
            try
            {
                using CountsSource source = CountsSource.Open(path, new CountsOptions { Format = RecordingFormat.Npz });
                Assert.All(source.Arrays, array => Assert.Equal(FormatFiles.Counts[1], FormatFiles.Trial(array, 1)));
            }
            catch (DataFormatException error)
            {
                Assert.StartsWith(path + ": ", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
        }

        Assert.InRange(refused, whole.Length / 3, whole.Length);
    }

    [Fact]
    public void Numbers_of_every_type_are_as_numpy_has_them()
    {
        NpyType type = NpyType.Parse(">u4")!.Value;
        var values = new double[2];
        type.Decode([0xFF, 0xFF, 0xFF, 0xFE, 0, 0, 1, 2], values);

        Assert.Equal([4294967294, 258], values);
        Assert.Equal("uint32", type.ToString());
    }

    private static void Read(string path)
    {
        using CountsSource source = CountsSource.Open(path);
        FormatFiles.Trial(source.Arrays[0], 0);
    }
}
