using System.Diagnostics;
using System.IO.Compression;
using UnetSpikes.Core;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Nwb;
using UnetSpikes.Torch;
using Xunit;
using Xunit.Abstractions;

namespace UnetSpikes.Tests.Torch;

/// <summary>Files made to run code, to take all memory or to confuse are refused in one line, and nothing of them is done.</summary>
public sealed class HostileFileTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>None of the files is larger than half a megabyte; what they ask for is an exabyte.</summary>
    private const long MaxAllocation = 64 << 20;

    /// <summary>More for a longer look: UNETSPIKES_FUZZ=5000.</summary>
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("UNETSPIKES_FUZZ"), out int cases) ? cases : 250;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Pickles() =>
        [.. Directory.GetFiles(TorchFileTests.Golden("malicious"), "*.pkl").Select(path => Path.GetFileNameWithoutExtension(path)!).Order()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Pickles))]
    public void A_hostile_pickle_is_refused_and_not_followed(string name)
    {
        string path = Archive(("x/data.pkl", File.ReadAllBytes(TorchFileTests.Golden($"malicious/{name}.pkl"))));

        string message = Refused(path);

        output.WriteLine(message);
        Assert.False(File.Exists("unet-spikes-was-here"));
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("nt", "system")]
    [InlineData("builtins", "getattr")]
    [InlineData("builtins", "__import__")]
    [InlineData("builtins", "compile")]
    [InlineData("builtins", "open")]
    [InlineData("ctypes", "CDLL")]
    [InlineData("pty", "spawn")]
    [InlineData("webbrowser", "open")]
    [InlineData("pip", "main")]
    [InlineData("pickle", "loads")]
    [InlineData("shutil", "rmtree")]
    [InlineData("socket", "socket")]
    [InlineData("operator", "methodcaller")]
    [InlineData("numpy.testing._private.utils", "runstring")]
    [InlineData("torch._inductor.codecache", "compile_file")]
    [InlineData("torch.jit.unsupported_tensor_ops", "execWrapper")]
    [InlineData("torch.utils.collect_env", "run")]
    [InlineData("lightningx", "anything")]
    public void A_name_that_no_checkpoint_needs_is_refused_by_name(string module, string name)
    {
        byte[] pickle = [0x80, 2, .. System.Text.Encoding.ASCII.GetBytes($"c{module}\n{name}\n)R.")];

        Assert.Contains($"names {module}.{name},", Refused(Archive(("x/data.pkl", pickle))), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_message_quotes_cannot_move_the_cursor_or_fill_the_screen()
    {
        byte[] pickle = [0x80, 2, .. System.Text.Encoding.ASCII.GetBytes($"cos\r\x1b[2J\n{new string('y', 5000)}\n.")];

        string message = Refused(Archive(("x/data.pkl", pickle)));

        Assert.DoesNotContain(message, char.IsControl);
        Assert.True(message.Length < 600, message);
    }

    [Fact]
    public void Archives_that_claim_too_much_are_refused_unread()
    {
        byte[] pickle = File.ReadAllBytes(TorchFileTests.Golden("malicious/tensor_missing_storage.pkl"));

        Assert.Contains("claims to unpack", Refused(Archive(("x/data.pkl", pickle), ("x/data/0", new byte[64 << 20]))), StringComparison.Ordinal);
        Assert.Contains("two entries of one name", Refused(Archive(("x/data.pkl", pickle), ("x/data.pkl", pickle))), StringComparison.Ordinal);
        Assert.Contains("has no NAME/data.pkl", Refused(Archive(("x/data.pkl", pickle), ("y/data.pkl", pickle))), StringComparison.Ordinal);
        (string, byte[])[] many = [.. Enumerable.Range(0, 100_001).Select(i => ($"x/data/{i}", Array.Empty<byte>()))];
        Assert.Contains("entries, expected at most", Refused(Archive(many)), StringComparison.Ordinal);
    }

    /// <summary>Sixty dictionaries, each twice in the one before, put together before they are filled: 2^60 settings, were all of them looked at.</summary>
    [Fact]
    public void Settings_without_end_are_cut_short()
    {
        byte[] tensor = File.ReadAllBytes(TorchFileTests.Golden("malicious/tensor_missing_storage.pkl"));
        List<byte> pickle = [.. tensor[..^1], (byte)'X', 16, 0, 0, 0, .. "hyper_parameters"u8];
        pickle.AddRange(Enumerable.Range(0, 60).SelectMany(i => (byte[])[(byte)'}', (byte)'q', (byte)i]));
        pickle.AddRange([.. Enumerable.Repeat((byte)'0', 59), (byte)'s']);
        pickle.AddRange(Enumerable.Range(0, 59).SelectMany(i => (byte[])[(byte)'h', (byte)i, (byte)'(', (byte)'K', 1, (byte)'h', (byte)(i + 1), (byte)'K', 2, (byte)'h', (byte)(i + 1), (byte)'u', (byte)'0']));

        using var file = TorchFile.Open(Archive(("x/data.pkl", [.. pickle, (byte)'.'])));

        Assert.Single(file.Tensors);
        Assert.Empty(file.Settings);
    }

    [Theory]
    [InlineData(15, "has 15 bytes, expected 16")]
    [InlineData(20, "has 20 bytes, expected 16")]
    public void A_storage_of_another_size_than_claimed_is_refused(int bytes, string reason)
    {
        byte[] pickle = File.ReadAllBytes(TorchFileTests.Golden("malicious/tensor_missing_storage.pkl"));

        Assert.Contains(reason, Refused(Archive(("x/data.pkl", pickle), ("x/data/0", new byte[bytes]))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_weight_is_noticed()
    {
        byte[] file = File.ReadAllBytes(TorchFileTests.Golden("views.pt"));
        byte[] seven = BitConverter.GetBytes(1 / 7f);
        file[file.AsSpan().IndexOf(seven) + 2] ^= 1;

        Assert.Contains("is damaged: its checksum", Refused(_folder.Write("changed.pt", file)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("views.pt")]
    [InlineData("busy.ckpt")]
    [InlineData("newer.pt")]
    [InlineData("unet_3_29_20_linear.ckpt")]
    public void A_damaged_file_is_one_line_or_a_result(string fixture)
    {
        byte[] whole = File.ReadAllBytes(TorchFileTests.Golden(fixture));

        Count(fixture, i => Damage.Of(whole, new Rng((ulong)i, fixture)));
    }

    /// <summary>Damage to the archive is mostly met by its checksums; here the pickle itself is damaged and packed anew.</summary>
    [Theory]
    [InlineData("views.pt")]
    [InlineData("busy.ckpt")]
    [InlineData("newer.pt")]
    public void A_damaged_pickle_is_one_line_or_a_result(string fixture)
    {
        using ZipArchive zip = ZipFile.OpenRead(TorchFileTests.Golden(fixture));
        (string Name, byte[] Bytes)[] entries = [.. zip.Entries.Select(entry =>
        {
            using Stream stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return (entry.FullName, bytes.ToArray());
        })];

        Count(fixture, i =>
        {
            var rng = new Rng((ulong)i, fixture);
            return File.ReadAllBytes(Archive([.. entries.Select(e => e.Name.EndsWith("/data.pkl", StringComparison.Ordinal) ? (e.Name, Damage.Of(e.Bytes, rng)) : e)]));
        });
    }

    private void Count(string fixture, Func<int, byte[]> damaged)
    {
        int refused = 0;
        for (int i = 0; i < Cases; i++)
        {
            string path = _folder.Write("damaged.pt", damaged(i));
            try
            {
                ReadAll(path);
            }
            catch (CheckpointException e)
            {
                Assert.DoesNotContain(e.Message, char.IsControl);
                Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
                refused++;
            }
            catch (Exception e) when (e is not UnetSpikesException)
            {
                throw new InvalidOperationException($"{fixture}, case {i}: {e.Message}", e);
            }
        }

        output.WriteLine($"{refused} of {Cases} refused");
        Assert.True(refused > Cases / 4, $"only {refused} of {Cases} were refused: the damage does no harm, or is not noticed");
    }

    private static string Refused(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        CheckpointException refused = Assert.Throws<CheckpointException>(() => ReadAll(path));

        Assert.Equal(4, refused.ExitCode);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.StartsWith(path, refused.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MaxAllocation, "took memory as if it believed the file");
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
        return refused.Message;
    }

    private static void ReadAll(string path)
    {
        using var file = TorchFile.Open(path);
        foreach ((_, TorchTensor tensor) in file.Tensors)
        {
            file.Read(tensor);
        }
    }

    private string Archive(params (string Name, byte[] Bytes)[] entries)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream stream = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
                stream.Write(bytes);
            }
        }

        return _folder.Write("archive.pt", packed.ToArray());
    }
}
