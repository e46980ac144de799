using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using UnetSpikes.Core;
using UnetSpikes.Infer;
using UnetSpikes.Infer.Streaming;
using Xunit;

namespace UnetSpikes.Tests.Infer.Streaming;

/// <summary>Counts as bytes in, rates as bytes out, and what is not understood.</summary>
public sealed class FramingTests : IDisposable
{
    private readonly SpikeModel _model = SpikeModel.Open(TestRecordings.Pyramid, "cpu", threads: 1);
    private readonly OnlineRates _rates;

    public FramingTests() => _rates = new OnlineRates(_model);

    public void Dispose()
    {
        _rates.Dispose();
        _model.Dispose();
    }

    [Theory]
    [InlineData(" ", "\n", true)]
    [InlineData(",", "\r\n", true)]
    [InlineData(" ,\t", "\n", false)]
    public void Lines_of_counts_become_lines_of_rates(string separator, string newline, bool lastEnds)
    {
        TrialTensor counts = TestRecordings.Counts(1, 41);
        counts[0, 20, 2] = float.NaN;
        string[] lines = [.. Enumerable.Range(0, 41).Select(bin => string.Join(separator, Row(counts, bin).ToArray().Select(c => c.ToString(CultureInfo.InvariantCulture))))];
        string text = "# a comment" + newline + newline + string.Join(newline, lines) + (lastEnds ? newline : "");

        string[] answer = Encoding.ASCII.GetString(Serve(Encoding.ASCII.GetBytes(text))).Split('\n');

        Assert.Equal("# rates in spikes/bin, 4 units, bins of 20 ms, lag 9 bins", answer[0]);
        Assert.Equal("", answer[^1]);
        RequireRates(counts, [.. answer[1..^1].SelectMany(line => line.Split(' ')).Select(n => float.Parse(n, CultureInfo.InvariantCulture))]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Frames_of_counts_become_frames_of_rates_after_a_header_each_way(ushort type)
    {
        TrialTensor counts = TestRecordings.Counts(1, 41);
        counts[0, 20, 2] = float.NaN;

        byte[] answer = Serve([.. Header(type), .. counts.Values.SelectMany(count => Number(type, count))]);

        Assert.Equal("USPR"u8.ToArray(), answer[..4]);
        Assert.Equal((1, 1), (BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(4)), BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(6))));
        Assert.Equal((4u, 9u), (BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(8)), BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(12))));
        Assert.Equal(20, BinaryPrimitives.ReadDoubleLittleEndian(answer.AsSpan(16)));
        RequireRates(counts, MemoryMarshal.Cast<byte, float>(answer.AsSpan(32)).ToArray());
    }

    [Fact]
    public void Bytes_may_come_in_any_pieces()
    {
        TrialTensor counts = TestRecordings.Counts(1, 41);
        byte[] bytes = [.. Header(1), .. counts.Values.SelectMany(count => Number(1, count))];
        using var output = new MemoryStream();

        Session().Run(new Drops(bytes), output);

        RequireRates(counts, MemoryMarshal.Cast<byte, float>(output.ToArray().AsSpan(32)).ToArray());
    }

    [Fact]
    public void Rates_in_Hz_are_those_per_bin_over_its_width()
    {
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1 0 2 0\n", 30)));
        using var inHz = new OnlineRates(_model, scale: 1000f / 20);
        using var output = new MemoryStream();

        new StreamSession("test", inHz, new StreamHeader(4, 4, 9, 20, IsHz: true)).Run(new MemoryStream(text), output);

        string[] perBin = Encoding.ASCII.GetString(Serve(text)).Split('\n'), hz = Encoding.ASCII.GetString(output.ToArray()).Split('\n');
        Assert.StartsWith("# rates in Hz,", hz[0], StringComparison.Ordinal);
        Assert.Equal(50 * First(perBin[15]), First(hz[15]), 1e-4);

        static double First(string line) => double.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("1 2 3\n", "bin 0 has 3 counts, expected the model's 4 units")]
    [InlineData("1 2 3 4 5\n", "bin 0 has 5 counts, expected the model's 4 units")]
    [InlineData("1 2 3 4\n1,,3,4\n", "bin 1 has '', expected a spike count")]
    [InlineData("1 2 x 4\n", "bin 0 has 'x', expected a spike count")]
    [InlineData("1 2 -1 4\n", "bin 0 has -1 for unit 2, expected a whole spike count of at least 0, or NaN")]
    [InlineData("1 2 0.5 4\n", "bin 0 has 0.5 for unit 2, expected a whole spike count of at least 0, or NaN")]
    [InlineData("1 2 1e9 4\n", "bin 0 has 1E+09 for unit 2, expected a whole spike count of at least 0, or NaN")]
    [InlineData("1 2 Infinity 4\n", "bin 0 has Infinity for unit 2, expected a whole spike count of at least 0, or NaN")]
    public void A_line_that_is_no_bin_is_refused_with_its_number(string text, string problem) =>
        Assert.Equal("test: " + problem, Assert.Throws<DataFormatException>(() => Serve(Encoding.ASCII.GetBytes(text))).Message);

    [Fact]
    public void A_line_without_end_is_refused() =>
        Assert.Equal("test: bin 0 is longer than 4224 bytes", Assert.Throws<DataFormatException>(() => Serve([.. Enumerable.Repeat((byte)'1', 100_000)])).Message);

    [Fact]
    public void A_header_or_frame_that_is_none_is_refused()
    {
        Refused("header ends after 3 bytes, expected 16", "USP"u8);
        Refused("header is not 'USPK', version 1, type 1 (uint16) or 2 (float32)", "USPXxxxxxxxxxxxxxxxx"u8);
        Refused("header is not 'USPK', version 1, type 1 (uint16) or 2 (float32)", Header(type: 3));
        Refused("header announces 5 units, expected the model's 4", Header(1, units: 5));
        Refused("bin 1 ends after 3 bytes, expected 8", [.. Header(1), .. new byte[11]]);
        Refused("bin 0 has -1 for unit 0, expected a whole spike count of at least 0, or NaN", [.. Header(2), .. Number(2, -1), .. new byte[12]]);

        void Refused(string problem, ReadOnlySpan<byte> bytes)
        {
            byte[] sent = bytes.ToArray();
            Assert.Equal("test: " + problem, Assert.Throws<DataFormatException>(() => Serve(sent)).Message);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_bin_allocates_nothing_in_either_framing(bool isText)
    {
        byte[] frame = isText ? "1,0,NaN,3\n"u8.ToArray() : [1, 0, 0, 0, 255, 255, 3, 0];
        StreamSession session = Session();
        using Stream input = new Endless(isText ? frame : Header(1), frame), output = Stream.Null;
        IStreamFraming framing = session.Open(input, output)!;
        for (int bin = 0; bin < 200; bin++)
        {
            session.Step(framing);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int bin = 0; bin < 200; bin++)
        {
            session.Step(framing);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(400, session.Summary.Bins);
    }

    [Fact]
    public void Nothing_sent_is_nothing_answered()
    {
        Assert.Empty(Serve([]));
        Assert.Equal(32, Serve(Header(1)).Length);
    }

    internal static byte[] Header(ushort type, uint units = 4)
    {
        byte[] header = [.. "USPK"u8, .. new byte[12]];
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), type);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), units);
        return header;
    }

    internal static byte[] Number(ushort type, float count)
    {
        var bytes = new byte[type == 1 ? 2 : 4];
        if (type == 1)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, float.IsNaN(count) ? ushort.MaxValue : (ushort)count);
        }
        else
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, count);
        }

        return bytes;
    }

    private StreamSession Session() => new("test", _rates, new StreamHeader(4, 4, _rates.Lag, 20, IsHz: false));

    private byte[] Serve(byte[] sent)
    {
        using var output = new MemoryStream();
        Session().Run(new MemoryStream(sent), output);
        return output.ToArray();
    }

    /// <summary>41 bins are on the grid: rates are those of one run over them.</summary>
    private static void RequireRates(TrialTensor counts, float[] rates)
    {
        TrialTensor expected = TestRecordings.OneShot(counts);
        Assert.Equal(expected.Values.Length, rates.Length);
        Assert.All(Enumerable.Range(0, rates.Length), i => Assert.True(
            float.IsNaN(counts.Values[i]) ? float.IsNaN(rates[i]) : Math.Abs(expected.Values[i] - rates[i]) < 1e-5));
    }

    private static ReadOnlySpan<float> Row(TrialTensor counts, int bin) => counts.Values.AsSpan(bin * counts.Units, counts.Units);

    /// <summary>Gives one byte at a time.</summary>
    private sealed class Drops(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 1)]);
    }

    /// <summary>A header, then one frame for ever, one per read.</summary>
    private sealed class Endless(byte[] header, byte[] frame) : Stream
    {
        private bool _isBegun;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            byte[] next = _isBegun ? frame : header;
            next.CopyTo(buffer);
            _isBegun = true;
            return next.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
