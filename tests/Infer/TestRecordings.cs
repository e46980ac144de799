using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using UnetSpikes.Infer;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Architecture;
using UnetSpikes.Tests.Data;

namespace UnetSpikes.Tests.Infer;

/// <summary>Small recordings, the tool run over them in process, and what the model gives for them in one go.</summary>
internal sealed class TestRecordings : IDisposable
{
    public const int Units = 4;

    private readonly TemporaryFolder _folder = new();

    public static string Pyramid => Model("pyramid");

    public string Out => _folder.File("out");

    public static string Model(string name) => Path.Combine(SourceTree.Root, "tests", "golden", "infer", name + ".onnx");

    public string File(string name) => _folder.File(name);

    /// <summary>Seeded counts, some of them large.</summary>
    public static TrialTensor Counts(int trials, int bins, ulong seed = 1)
    {
        var counts = new TrialTensor(trials, bins, Units);
        var rng = new Rng(seed, "counts");
        for (int i = 0; i < counts.Values.Length; i++)
        {
            counts.Values[i] = rng.NextPoisson(0.7);
        }

        return counts;
    }

    /// <summary>Writes a file with arrays of counts.</summary>
    public string Write(string name, double? binMs, IReadOnlyList<string>? unitIds, params (string Key, TrialTensor Counts)[] arrays)
    {
        string path = File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using Hdf5File file = Hdf5File.Create(path);
        foreach ((string key, TrialTensor counts) in arrays)
        {
            file.Write<float>("/" + key, [counts.Trials, counts.Bins, counts.Units], counts.Values);
        }

        if (binMs is double width)
        {
            file.WriteAttribute("/", "bin_ms", width);
        }

        if (unitIds is not null)
        {
            file.WriteStrings("/unit_ids", unitIds);
        }

        return path;
    }

    /// <summary>A file with one array, <c>spikes</c>, in the model's bins.</summary>
    public string Write(TrialTensor counts, IReadOnlyList<string>? unitIds = null) => Write("rec.h5", 20, unitIds, ("spikes", counts));

    public static (int Code, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(InferCommand.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Runs the tool quietly, on one thread.</summary>
    public (int Code, string Output, string Error) Infer(string input, params string[] more) =>
        Run(["--model", Pyramid, "--input", input, "--out", Out, "--quiet", "--threads", "1", "--device", "cpu", .. more]);

    public IReadOnlyDictionary<string, TrialTensor> Rates(string name = "rec") => RatesFile.Read(Path.Combine(Out, name + ".rates.h5")).Arrays;

    public static JsonElement LastLine(string output) =>
        JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;

    /// <summary>The model run once over whole trials; NaN is fed as zero.</summary>
    public static TrialTensor OneShot(TrialTensor counts, string output = "rates", string model = "pyramid")
    {
        using var session = new OnnxSession(System.IO.File.ReadAllBytes(Model(model)), new SessionSettings { Threads = 1, Spinning = false });
        float[] fed = [.. counts.Values.Select(v => float.IsNaN(v) ? 0 : v)];
        HostTensor result = session.Run(new Dictionary<string, HostTensor> { ["spikes"] = HostTensor.Of(fed, counts.Trials, counts.Bins, counts.Units) })[output];
        return new TrialTensor(counts.Trials, counts.Bins, (int)result.Shape[2], result.Values<float>());
    }

    public static double MaxError(TrialTensor expected, TrialTensor actual) =>
        expected.HasShapeOf(actual) ? expected.Values.Zip(actual.Values, (e, a) => (double)Math.Abs(e - a)).Max() : double.NaN;

    public void Dispose() => _folder.Dispose();
}
