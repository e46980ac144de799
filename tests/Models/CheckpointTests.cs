using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Models;

/// <summary>A run's whole state in one file.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("c.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(UnetSpikes.Models.Architecture.UNet, Upsampling.Linear)]
    [InlineData(UnetSpikes.Models.Architecture.UNet, Upsampling.Deconv)]
    [InlineData(UnetSpikes.Models.Architecture.Cnn, Upsampling.Linear)]
    public void What_is_saved_is_loaded(UnetSpikes.Models.Architecture architecture, Upsampling upsample)
    {
        Checkpoint saved = Sample(new ModelOptions { Architecture = architecture, Channels = 4, Layers = 2, LatentDim = 3, Upsample = upsample });

        saved.Save(Target);

        RequireSame(saved, Checkpoint.Load(Target));
    }

    [Fact]
    public void A_network_without_normalisation_has_a_checkpoint_too()
    {
        Checkpoint saved = Sample(new ModelOptions { Channels = 4, Layers = 0, LatentDim = 3 });

        saved.Save(Target);

        RequireSame(saved, Checkpoint.Load(Target));
    }

    [Fact]
    public void Arrays_are_named_as_PyTorchs_state_dict()
    {
        using PyTorchGolden golden = PyTorchGolden.UNet();
        Sample(new ModelOptions { Channels = 29, Layers = 3, LatentDim = 20 }).Save(Target);

        SafetensorsFile file = Safetensors.Read(Target);

        Dictionary<string, NamedArray> expected = golden.Arrays("case_3_29_20_linear/state_dict");
        string[] ours = [.. file.Arrays.Keys.Where(key => key.StartsWith("model.", StringComparison.Ordinal)).Select(key => key["model.".Length..])];
        Assert.Equal(expected.Keys.Order(), ours.Order());
        Assert.All(ours, name => Assert.Equal(expected[name].Dims, file.Arrays["model." + name].Dims));
        Assert.Equal([1234f], file.Arrays["model.downsample_layers.0.bn1.num_batches_tracked"].Values);
    }

    [SkippableFact]
    public void A_reader_in_Python_sees_the_same_numbers()
    {
        const string python = "/usr/bin/python3";
        Skip.IfNot(File.Exists(python), "no /usr/bin/python3 to read the file with");
        Checkpoint saved = Sample(new ModelOptions { Channels = 3, Layers = 1, LatentDim = 2 });
        saved.Save(Target);

        JsonElement[] lines = [.. RunReader(python, Target).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

        Dictionary<string, JsonElement> arrays = lines[..^1].ToDictionary(a => a.GetProperty("name").GetString()!);
        foreach ((string name, NamedArray array) in saved.Model.Build().Parameters.Unflatten(saved.Parameters))
        {
            JsonElement read = arrays["model." + name];
            Assert.Equal("F32", read.GetProperty("dtype").GetString());
            Assert.Equal(array.Dims, read.GetProperty("shape").Deserialize<long[]>()!);
            Assert.Equal(array.Values, read.GetProperty("values").EnumerateArray().Select(v => (float)v.GetDouble()));
        }

        Assert.Equal("I64", arrays["model.upsample_layers.0.bn3.num_batches_tracked"].GetProperty("dtype").GetString());
        Assert.Equal(1234, arrays["model.upsample_layers.0.bn3.num_batches_tracked"].GetProperty("values")[0].GetInt64());
        JsonElement metadata = lines[^1].GetProperty("metadata");
        Assert.Equal("unet-spikes checkpoint", metadata.GetProperty("format").GetString());
        Assert.Equal("1234", metadata.GetProperty("step").GetString());
        Assert.Equal(3, JsonDocument.Parse(metadata.GetProperty("model").GetString()!).RootElement.GetProperty("channels").GetInt32());
        Assert.True(lines[^1].GetProperty("aligned").GetBoolean());
    }

    [Theory]
    [InlineData("format_version", "2", "'format_version' is 2, expected 1")]
    [InlineData("format_version", null, "'format_version' is missing")]
    [InlineData("model", """{"channels":3,"layers":1,"latent_dim":3}""", "is [2, 3, 1], expected [3, 3, 1]")]
    [InlineData("model", """{"channels":3,"layers":2,"latent_dim":2}""", "is missing, expected [")]
    [InlineData("model", """{"channels":3,"layers":9,"latent_dim":2}""", "layers is 9, expected 0 to 8")]
    [InlineData("model", """{"channels":2147483647,"layers":8,"latent_dim":4096}""", "'model' ")]
    [InlineData("model", """{"channels":3,"layers":8,"latent_dim":4096}""", "'model' ")]
    [InlineData("model", """{"channels":3,"architecture":7}""", "'model' cannot be understood")]
    [InlineData("model", """{"channels":3,"wings":2}""", "'model' cannot be understood")]
    [InlineData("model", "null", "'model' cannot be understood")]
    [InlineData("step", "-1", "'step' cannot be understood")]
    [InlineData("data", "{}", "'data' cannot be understood")]
    [InlineData("data", """{"Path":null,"Fingerprint":"x","BinWidthMs":null,"UnitIds":[]}""", "'data' cannot be understood")]
    [InlineData("run", "[]", "'run' cannot be understood")]
    public void Metadata_that_does_not_fit_is_refused_by_key(string key, string? value, string expected)
    {
        Sample(new ModelOptions { Channels = 3, Layers = 1, LatentDim = 2 }).Save(Target);
        SafetensorsFile file = Safetensors.Read(Target);
        var metadata = new Dictionary<string, string>(file.Metadata);
        metadata.Remove(key);
        if (value is not null)
        {
            metadata.Add(key, value);
        }

        Safetensors.Write(Target, [.. file.Arrays], metadata);

        CheckpointException refused = Assert.Throws<CheckpointException>(() => Checkpoint.Load(Target));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Contains(Target, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_array_is_named()
    {
        Sample(new ModelOptions { Channels = 3, Layers = 1, LatentDim = 2 }).Save(Target);
        SafetensorsFile file = Safetensors.Read(Target);

        Safetensors.Write(Target, [.. file.Arrays.Where(a => a.Key != "optimizer.exp_avg.embedding.bias")], new Dictionary<string, string>(file.Metadata));

        Assert.Contains("'optimizer.exp_avg.embedding.bias' is missing, expected [2]", Assert.Throws<CheckpointException>(() => Checkpoint.Load(Target)).Message, StringComparison.Ordinal);
    }

    /// <summary>Random bytes changed, most of them in the header: the reason, or a whole checkpoint, never another exception.</summary>
    [Fact]
    public void A_damaged_file_is_refused_or_whole()
    {
        Sample(new ModelOptions { Channels = 2, Layers = 1, LatentDim = 1 }).Save(Target);
        byte[] file = File.ReadAllBytes(Target);
        int header = 8 + (int)BitConverter.ToInt64(file);
        var rng = new Rng(11, "damage");
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. file];
            for (int n = 0; n <= i % 3; n++)
            {
                int at = rng.NextInt(4) > 0 ? rng.NextInt(header) : rng.NextInt(file.Length);
                damaged[at] = (byte)(rng.NextInt(3) == 0 ? rng.NextInt(256) : damaged[at] ^ (1 << rng.NextInt(8)));
            }

            try
            {
                Checkpoint read = Checkpoint.Load(_folder.Write("damaged.safetensors", damaged));
                SpikeNetwork network = read.Model.Build();
                Assert.Equal((network.Parameters.Count, network.RunningStatistics.Count), (read.Parameters.Length, read.RunningStatistics.Length));
                Assert.All(read.Data.UnitIds, Assert.NotNull);
            }
            catch (CheckpointException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 2999);
    }

    private static Checkpoint Sample(ModelOptions model)
    {
        SpikeNetwork network = model.Build();
        int seed = 0;
        float[] Draw(int count)
        {
            var rng = new Rng((ulong)++seed, "numbers");
            return [.. Enumerable.Range(0, count).Select(_ => (float)rng.NextNormal())];
        }

        int n = network.Parameters.Count;
        return new Checkpoint
        {
            Model = model,
            Parameters = Draw(n),
            RunningStatistics = Draw(network.RunningStatistics.Count),
            Optimizer = new OptimizerState(Draw(n), Draw(n), Draw(n)),
            Step = 1234,
            Data = new TrainingData("a/b.h5", "0123abcd", 20, ["u1", "u2"]),
            Run = new Dictionary<string, string> { ["config"] = "SEED: 1\n", ["progress"] = "{}" },
        };
    }

    private static void RequireSame(Checkpoint expected, Checkpoint actual)
    {
        Assert.Equal(expected.Model, actual.Model);
        Assert.Equal(expected.Parameters, actual.Parameters);
        Assert.Equal(expected.RunningStatistics, actual.RunningStatistics);
        Assert.Equal(expected.Optimizer.FirstMoment, actual.Optimizer.FirstMoment);
        Assert.Equal(expected.Optimizer.SecondMoment, actual.Optimizer.SecondMoment);
        Assert.Equal(expected.Optimizer.MaxSecondMoment, actual.Optimizer.MaxSecondMoment);
        Assert.Equal(expected.Step, actual.Step);
        Assert.Equal(expected.Data with { UnitIds = [] }, actual.Data with { UnitIds = [] });
        Assert.Equal(expected.Data.UnitIds, actual.Data.UnitIds);
        Assert.Equal(expected.Run, actual.Run);
    }

    private static string RunReader(string python, string path, [CallerFilePath] string here = "")
    {
        string script = Path.Combine(Path.GetDirectoryName(here)!, "read_safetensors.py");
        var start = new ProcessStartInfo(python, [script, path]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return output;
    }
}
