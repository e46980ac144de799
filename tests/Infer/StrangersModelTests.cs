using Google.Protobuf;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Protobuf;
using UnetSpikes.Onnx.Untrusted;
using Xunit;

namespace UnetSpikes.Tests.Infer;

/// <summary>Models from strangers: refused in one line before ONNX Runtime sees a byte, or run like any other.</summary>
public sealed class StrangersModelTests : IDisposable
{
    private const int Mutants = 400;

    private readonly TestRecordings _recordings = new();
    private readonly CoSmoothingModel _model;
    private readonly byte[] _good;

    public StrangersModelTests()
    {
        _model = CoSmoothingModel.Write(_recordings.File("good.onnx"), CoSmoothingModel.Small["unet"]);
        _good = File.ReadAllBytes(_model.Path);
    }

    public void Dispose()
    {
        _model.Dispose();
        _recordings.Dispose();
    }

    public static TheoryData<string> Edits() => [.. HostileModels.Edits.Keys];

    public static TheoryData<string> NoModels() => [.. HostileModels.Bytes.Keys];

    [Theory]
    [MemberData(nameof(Edits))]
    public void A_model_with_something_in_it_that_is_not_run_is_refused(string name)
    {
        (Action<ModelProto> edit, string line) = HostileModels.Edits[name];
        ModelProto model = ModelProto.Parser.ParseFrom(_good);
        edit(model);

        Refused(model.ToByteArray(), line);
    }

    [Theory]
    [MemberData(nameof(NoModels))]
    public void Bytes_that_are_no_model_are_refused(string name) => Refused(HostileModels.Bytes[name].Make(_good), HostileModels.Bytes[name].Line);

    /// <summary>The mark of ONNX Runtime's own format, four bytes into the file, makes it read flat buffers: it must not get to see it.</summary>
    [Fact]
    public void A_producer_with_the_mark_of_another_format_changes_nothing()
    {
        ModelProto marked = ModelProto.Parser.ParseFrom(_good);
        marked.ProducerName = "ORTM of a stranger";
        byte[] bytes = marked.ToByteArray();
        Assert.Equal("ORTM"u8.ToArray(), bytes[4..8]);

        Assert.NotEqual("ORTM"u8.ToArray(), UntrustedModel.Read(bytes, "m").Checked()[4..8]);
        Assert.Equal((0, ""), Infer(bytes));
        Assert.True(TestRecordings.MaxError(_model.OneShot(TestRecordings.Counts(2, 30)), _recordings.Rates()["rates"]) < 1e-5);
    }

    /// <summary>What this program does not read, of later versions of the format or of nobody's, does not reach the runtime either.</summary>
    [Fact]
    public void What_is_handed_on_is_what_was_looked_at()
    {
        byte[] stowaway = [.. _good, 0xA2, 0x06, 5, .. "stowa"u8]; // Field 100 of the model.

        byte[] handed = UntrustedModel.Read(stowaway, "m").Checked();

        Assert.Equal(-1, handed.AsSpan().IndexOf("stowa"u8));
        ModelProto expected = ModelProto.Parser.ParseFrom(_good);
        expected.ClearProducerName();
        expected.ClearProducerVersion();
        Assert.Equal(expected, ModelProto.Parser.ParseFrom(handed));
    }

    [Fact]
    public void Every_operator_that_may_run_is_known_or_one_of_quantised_networks()
    {
        string[] names = [.. AllowedOperators.Names], unknown = [.. names.Where(name => Operators.Find("", name, Operators.NewestOpset) is null)];

        Assert.Empty(unknown.Except(["ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QuantizeLinear"]));
        Assert.DoesNotContain("RandomUniformLike", names);
        Assert.Contains("Conv", names);
    }

    [Fact]
    public void A_reach_that_streaming_has_no_room_for_is_refused()
    {
        ModelProto far = ModelProto.Parser.ParseFrom(_good);
        far.MetadataProps.Single(entry => entry.Key == "unet_spikes.receptive_field_left").Value = "1000000";
        string path = Write(far.ToByteArray());

        (int code, _, string error) = TestRecordings.Run("--model", path, "--stream", "--quiet", "--device", "cpu");

        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("'unet_spikes.receptive_field_left' is 1000000: with a lag of", error, StringComparison.Ordinal);
    }

    /// <summary>Bytes changed, cut, doubled or put elsewhere: one line with the exit code of models, of the runtime or of data that no longer fit, or rates. Never a crash, which would end the tests.</summary>
    [Fact]
    public void However_the_bytes_are_changed_there_is_one_line_or_a_result()
    {
        _recordings.Write("rec.h5", 20, null, ("spikes", TestRecordings.Counts(1, 30)));
        using CoSmoothingModel wide = CoSmoothingModel.Write(_recordings.File("wide.onnx"), CoSmoothingModel.Small["unet"] with { LatentDim = 32 }); // Half of it is weights.
        byte[] good = File.ReadAllBytes(wide.Path);
        var outcomes = new Dictionary<int, int>();
        for (int seed = 0; seed < Mutants; seed++)
        {
            (int code, string error) = Infer(Mutant(good, seed), write: false);

            Assert.True(code is 0 or ExitCode.Data or ExitCode.Model or ExitCode.Device, $"seed {seed}: exit {code}, {error}");
            Assert.True(code == 0 || (error.StartsWith("error: ", StringComparison.Ordinal) && error.IndexOf('\n', StringComparison.Ordinal) == error.Length - 1), $"seed {seed}: {error}");
            outcomes[code] = outcomes.GetValueOrDefault(code) + 1;
        }

        Assert.True(outcomes.GetValueOrDefault(0) > Mutants / 40, "hardly a mutant ran");
        Assert.True(outcomes.GetValueOrDefault(ExitCode.Model) > Mutants / 10, "hardly a mutant was refused");
    }

    private static byte[] Mutant(byte[] good, int seed)
    {
        var rng = new Rng((ulong)seed, "mutants");
        byte[] bytes = [.. good];
        for (int change = 0; change <= rng.NextInt(4); change++)
        {
            int at = rng.NextInt(bytes.Length), length = Math.Min(rng.NextInt(64), bytes.Length - at);
            switch (rng.NextInt(6))
            {
                case 0:
                    bytes = [.. bytes[..at], .. bytes[(at + length)..]];
                    break;
                case 1:
                    bytes = [.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]];
                    break;
                case 2:
                    bytes.AsSpan(at, length).CopyTo(bytes.AsSpan(rng.NextInt(bytes.Length - length)));
                    break;
                default:
                    bytes[at] ^= (byte)(1 << rng.NextInt(8));
                    break;
            }
        }

        return bytes;
    }

    private void Refused(byte[] model, string line)
    {
        (int code, string error) = Infer(model);

        Assert.Equal((ExitCode.Model, $"error: {_recordings.File("model.onnx")}: {line}\n"), (code, error));
        Assert.False(Directory.Exists(_recordings.Out));
    }

    private string Write(byte[] model)
    {
        string path = _recordings.File("model.onnx");
        File.WriteAllBytes(path, model);
        return path;
    }

    private (int Code, string Error) Infer(byte[] model, bool write = true)
    {
        if (write)
        {
            _recordings.Write("rec.h5", 20, null, ("spikes", TestRecordings.Counts(2, 30)));
        }

        (int code, _, string error) = TestRecordings.Run(
            "--model", Write(model), "--input", _recordings.File("rec.h5"), "--out", _recordings.Out, "--quiet", "--force", "--threads", "1", "--device", "cpu");
        return (code, error);
    }
}
