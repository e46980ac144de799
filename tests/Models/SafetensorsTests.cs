using System.Buffers.Binary;
using System.Text;
using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Models;

/// <summary>The file format: what is written is read; what breaks a rule is refused, never believed.</summary>
public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read()
    {
        string path = _folder.File("a.safetensors");
        KeyValuePair<string, NamedArray>[] arrays =
        [
            new("scalar", new NamedArray([], [1.5f])),
            new("matrix", new NamedArray([2, 3], [1, -2, float.Epsilon, float.MaxValue, float.NegativeInfinity, -0f])),
            new("nothing", new NamedArray([0, 4], [])),
            new("steps", new NamedArray([], [16777216], IsInteger: true)),
            new("wörter/\"quoted\"", new NamedArray([1], [7])),
        ];

        Safetensors.Write(path, arrays, new Dictionary<string, string> { ["b"] = "zwei\n\"2\"", ["a"] = "" });
        SafetensorsFile read = Safetensors.Read(path);

        Assert.Equal(arrays.Length, read.Arrays.Count);
        foreach ((string name, NamedArray array) in arrays)
        {
            Assert.Equal(array.Dims, read.Arrays[name].Dims);
            Assert.Equal(array.Values, read.Arrays[name].Values);
            Assert.Equal(array.IsInteger, read.Arrays[name].IsInteger);
        }

        Assert.Equal("zwei\n\"2\"", read.Metadata["b"]);
        Assert.Equal("", read.Metadata["a"]);
    }

    [Fact]
    public void An_empty_file_of_arrays_is_a_file() => Assert.Empty(Read("{}", 0).Arrays);

    /// <summary>The bit patterns are those that numpy gives (BF16: the upper half of a float32's).</summary>
    [Theory]
    [InlineData("F64", "0000000000000440", 2.5f)]
    [InlineData("F16", "0041", 2.5f)]
    [InlineData("F16", "0100", 5.9604645e-8f)]
    [InlineData("BF16", "20C0", -2.5f)]
    [InlineData("I64", "FEFFFFFFFFFFFFFF", -2f)]
    [InlineData("I32", "FEFFFFFF", -2f)]
    [InlineData("U8", "FF", 255f)]
    [InlineData("BOOL", "01", 1f)]
    public void Types_of_other_programs_are_read(string type, string bytes, float expected)
    {
        byte[] data = Convert.FromHexString(bytes);

        NamedArray read = Read($$$"""{"x":{"dtype":"{{{type}}}","shape":[1],"data_offsets":[0,{{{data.Length}}}]}}""", data).Arrays["x"];

        Assert.Equal([expected], read.Values);
        Assert.Equal(type[0] is not ('F' or 'B') || type == "BOOL", read.IsInteger);
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "'x' has the type F8_E4M3")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "'x' claims shape [2] in bytes [0, 4]")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[4,0]}}""", 4, "'x' claims shape [-1]")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 8, "'x' claims")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}""", 4, "'x' claims")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2305843009213693951,8],"data_offsets":[0,4]}}""", 4, "'x' claims")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2305843009213693950],"data_offsets":[8,-9223372036854775808]}}""", 8, "'x' claims")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'x' lies at bytes 4 to 8, expected it to start at 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "'x' lies at bytes 0 to 4, expected it to start at 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "'x' lies at bytes 4")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "'x' lies at bytes 0 to 8, expected it to start at 0 and end within 4")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 9, "has 5 bytes that belong to no array")]
    [InlineData("""{"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "header that is not the JSON")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "header that is not the JSON")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "header that is not the JSON")]
    [InlineData("""{"__metadata__":[]}""", 0, "header that is not the JSON")]
    [InlineData("""{"x\n":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "name is no text of one line")]
    [InlineData("""{"x":{"shape":[1],"data_offsets":[0,4]}}""", 4, "header that is not the JSON")]
    [InlineData("""{"x":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "header that is not the JSON")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""", 4, "header that is not the JSON")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "header that is not the JSON")]
    [InlineData("""{"x":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}""", 4, "header that is not the JSON")]
    [InlineData("""{"x":7}""", 0, "header that is not the JSON")]
    [InlineData("[]", 0, "header that is not the JSON")]
    [InlineData("{} {}", 0, "header that is not the JSON")]
    public void A_header_that_breaks_a_rule_is_refused(string header, int bytes, string expected)
    {
        CheckpointException refused = Assert.Throws<CheckpointException>(() => Read(header, bytes));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith(_folder.Path, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData((16 << 20) + 1)]
    [InlineData(long.MaxValue)]
    public void A_header_of_an_unbelievable_length_is_refused(long length)
    {
        byte[] file = new byte[(16 << 20) + 16];
        file.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(file, length);

        CheckpointException refused = Assert.Throws<CheckpointException>(() => Safetensors.Read(_folder.Write("x.safetensors", file)));

        Assert.Contains("is not a safetensors file", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_arrays_are_refused()
    {
        string header = "{" + string.Join(',', Enumerable.Range(0, 100_001).Select(i => $$"""
            "{{i}}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}
            """)) + "}";

        Assert.Contains("more than 100000 arrays", Assert.Throws<CheckpointException>(() => Read(header, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] file = Sample();
        for (int length = 0; length < file.Length; length++)
        {
            string path = _folder.Write("cut.safetensors", file.AsSpan(0, length));
            Assert.Throws<CheckpointException>(() => Safetensors.Read(path));
        }
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_refused()
    {
        Assert.Contains("does not exist", Assert.Throws<CheckpointException>(() => Safetensors.Read(_folder.File("none"))).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => Safetensors.Read(_folder.Path));
    }

    /// <summary>Every single bit of a small file: refused with a reason, or read as some file of the same rules, never another exception.</summary>
    [Fact]
    public void Any_flipped_bit_is_refused_or_read()
    {
        byte[] file = Sample();
        for (int bit = 0; bit < 8 * file.Length; bit++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            string path = _folder.Write("flipped.safetensors", file);
            try
            {
                Assert.All(Safetensors.Read(path).Arrays.Values, a => Assert.Equal(a.Dims.Aggregate(1L, (n, d) => n * d), a.Values.LongLength));
            }
            catch (CheckpointException)
            {
                // Refused: the other right answer.
            }

            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void When_writing_fails_the_old_file_stays_and_nothing_else()
    {
        string path = _folder.File("a.safetensors");
        File.WriteAllBytes(path, Sample());
        byte[] before = File.ReadAllBytes(path);

        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100]);
            throw new IOException("No space left on device");
        }));

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    private byte[] Sample()
    {
        string path = _folder.File("sample.safetensors");
        Safetensors.Write(
            path,
            [new("w", new NamedArray([2, 2], [1, 2, 3, 4])), new("n", new NamedArray([], [5], IsInteger: true))],
            new Dictionary<string, string> { ["k"] = "v" });
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }

    private SafetensorsFile Read(string header, int bytes) => Read(header, new byte[bytes]);

    private SafetensorsFile Read(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return Safetensors.Read(_folder.Write("x.safetensors", [.. length, .. text, .. data]));
    }
}
