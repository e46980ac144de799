using System.Text;
using System.Text.Json;
using UnetSpikes.Tests.Support;
using UnetSpikes.Train.TensorBoard;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>Event files, read back by Python's protobuf and a checksum and PNG decoder of the test's own (read_events.py).</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class TensorBoardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("events").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Checksums_are_those_of_the_published_test_vectors()
    {
        // RFC 3720, appendix B.4, and the check value of CRC-32C.
        Assert.Equal(0x8a9136aau, TFRecord.Crc32C(new byte[32]));
        Assert.Equal(0x62a8ab43u, TFRecord.Crc32C([.. Enumerable.Repeat((byte)0xff, 32)]));
        Assert.Equal(0xe3069283u, TFRecord.Crc32C(Encoding.ASCII.GetBytes("123456789")));
    }

    [Fact]
    public void The_file_opens_with_its_version_in_the_bytes_TensorFlow_writes()
    {
        string path;
        using (var writer = new EventWriter(_folder))
        {
            path = writer.Path;
        }

        byte[] file = File.ReadAllBytes(path);

        // Length 24 and its masked checksum, the same at the start of every event file TensorFlow ever wrote.
        Assert.Equal("1800000000000000A37F4B22", Convert.ToHexString(file.AsSpan(0, 12)));
        Assert.Equal("brain.Event:2", Encoding.ASCII.GetString(file.AsSpan(file.Length - 4 - 13, 13)));
        Assert.Matches(@"^events\.out\.tfevents\.\d{10}\..+\.\d+\.0$", Path.GetFileName(path));
    }

    [SkippableFact]
    public void Curves_are_read_back_as_they_were_written()
    {
        JsonElement[] events = WriteAndRead(writer =>
        {
            writer.Scalar("valid/r2_uniform", 0, -0.5);
            writer.Scalar("valid/r2_uniform", 100, 0.876);
            writer.Scalar("überlang/" + new string('x', 300), 5_000_000_000, double.NaN);
        });

        Assert.Equal("brain.Event:2", events[0].GetProperty("file_version").GetString());
        Assert.Equal(4, events.Length);
        Assert.Equal((0L, -0.5f), (events[1].GetProperty("step").GetInt64(), events[1].GetProperty("simple_value").GetSingle()));
        Assert.Equal((100L, 0.876f), (events[2].GetProperty("step").GetInt64(), events[2].GetProperty("simple_value").GetSingle()));
        Assert.Equal(5_000_000_000, events[3].GetProperty("step").GetInt64());
        Assert.Equal("überlang/" + new string('x', 300), events[3].GetProperty("tag").GetString());
        double age = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds - events[1].GetProperty("wall_time").GetDouble();
        Assert.InRange(age, 0, 600);
    }

    [SkippableFact]
    public void Pictures_have_time_to_the_right_units_downwards_and_a_colour_for_gaps()
    {
        // Three bins of two units: unit 0 rises from darkest to brightest, unit 1 is missing in the second bin.
        float[] trial = [0, 1, 0.5f, float.NaN, 1, 0];

        JsonElement picture = WriteAndRead(writer => writer.Image("trial/rates", 7, HeatMap.Draw(trial, units: 2, scale: 2)))[1];

        Assert.Equal((6, 4, 3), (picture.GetProperty("width").GetInt32(), picture.GetProperty("height").GetInt32(), picture.GetProperty("colorspace").GetInt32()));
        int[][][] rows = picture.GetProperty("rows").Deserialize<int[][][]>()!;
        Assert.Equal([0, 0, 0], rows[0][0]);
        Assert.Equal([255, 255, 230], rows[1][5]);
        Assert.Equal([90, 100, 120], rows[2][2]);
        Assert.Equal([0, 0, 0], rows[3][4]);
        Assert.Equal(rows[0][2], rows[1][3]);
        Assert.InRange(rows[0][2].Sum(), 1, 700);
    }

    [SkippableFact]
    public void Distributions_count_every_finite_value_once()
    {
        float[] values = [-1, 0, 0.5f, 3, float.NaN, float.PositiveInfinity];

        JsonElement[] events = WriteAndRead(writer =>
        {
            writer.Histogram("weights", 1, values);
            writer.Histogram("constant", 1, [2f, 2f]);
            writer.Histogram("nothing", 1, []);
        });

        Assert.Equal((-1.0, 3.0, 4.0, 2.5, 10.25), (events[1].Number("min"), events[1].Number("max"), events[1].Number("num"), events[1].Number("sum"), events[1].Number("sum_squares")));
        Assert.Equal(4, events[1].GetProperty("bucket").EnumerateArray().Sum(b => b.GetDouble()));
        double[] limits = [.. events[1].GetProperty("bucket_limit").EnumerateArray().Select(b => b.GetDouble())];
        Assert.Equal(limits.Order(), limits);
        Assert.Equal(3, limits[^1]);
        Assert.Equal(2, events[2].GetProperty("bucket").EnumerateArray().Sum(b => b.GetDouble()));
        Assert.Equal(0, events[3].Number("num"));
    }

    [Fact]
    public void A_second_run_in_the_same_folder_leaves_the_firsts_file_alone()
    {
        using var first = new EventWriter(_folder);
        first.Scalar("loss", 1, 1);
        first.Flush();
        long length = new FileInfo(first.Path).Length;

        using var second = new EventWriter(_folder);

        Assert.NotEqual(first.Path, second.Path);
        Assert.Equal(length, new FileInfo(first.Path).Length);
        Assert.Equal(2, Directory.GetFiles(_folder, "events.out.tfevents.*").Length);
    }

    [Fact]
    public void Events_reach_the_file_within_the_flush_interval_while_training_goes_on()
    {
        var clock = new SteppedClock();
        using var writer = new EventWriter(_folder, clock);
        long before = new FileInfo(writer.Path).Length;

        writer.Scalar("loss", 1, 1);
        long unflushed = new FileInfo(writer.Path).Length;
        clock.Ticks += EventWriter.FlushInterval.Ticks;
        writer.Scalar("loss", 2, 1);

        Assert.Equal(before, unflushed);
        Assert.True(new FileInfo(writer.Path).Length > before);
    }

    [Fact]
    public void A_picture_of_nothing_or_of_ragged_bins_is_refused()
    {
        Assert.Throws<ArgumentException>(() => HeatMap.Draw([], 2));
        Assert.Throws<ArgumentException>(() => HeatMap.Draw([1, 2, 3], 2));
        Assert.Throws<ArgumentException>(() => Png.Encode(new byte[11], 2, 2));
    }

    private JsonElement[] WriteAndRead(Action<EventWriter> write)
    {
        string path;
        using (var writer = new EventWriter(_folder))
        {
            write(writer);
            path = writer.Path;
        }

        return EventFile.Read(path);
    }

    private sealed class SteppedClock : TimeProvider
    {
        public long Ticks { get; set; } = TimeSpan.TicksPerDay;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }
}
