using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Decode;
using UnetSpikes.Export;
using UnetSpikes.Infer;
using UnetSpikes.Models;
using UnetSpikes.Regression;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>A decoder that <c>decode</c> fitted, behind the rates of the model they came from: export → infer → decode → export.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class FusedDecoderTests : IDisposable
{
    private const string SameBin = "ridge, same bin", History = "ridge, 3 bins of history", Ahead = "Wiener filter, lags 1..2";

    private readonly string _folder = Directory.CreateTempSubdirectory("decoder").FullName;
    private readonly SpikeDataset _data;

    public FusedDecoderTests()
    {
        _data = ExportFixtures.WriteData(In("data.h5"));
        ExportFixtures.Small(data: new TrainingData(In("data.h5"), _data.Fingerprint, 20, _data.UnitIds)).Save(In("best.safetensors"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_decoder_of_behaviour_gives_what_decode_gives_from_the_rates()
    {
        Fit("behaviour.json", "--behavior", In("data.h5") + ":latents", "--history", "3", "--lags", "1..2");
        foreach (string name in new[] { SameBin, History, Ahead })
        {
            Succeed(ExportCommand.Create(), [.. ExportArguments, "--decoder", $"{In("behaviour.json")}:{name}", "--decoded-names", "vx,vy,vz", "--decoded-unit", "m/s", "--force"]);

            RequireDecodes(In("model.onnx"), "behaviour.json", name);
            using OnnxSession session = ExportFixtures.Session(File.ReadAllBytes(In("model.onnx")));
            DecodedOutput output = ModelMetadata.FromDictionary("model", session.Metadata).Decoded!;
            Assert.Equal(["vx", "vy", "vz"], output.Columns);
            Assert.Equal(("m/s", name), (output.Unit, output.Decoder));
            Assert.Equal([DecodedOutput.Name, InferenceGraph.Rates, InferenceGraph.LogRates, InferenceGraph.Latents], session.Outputs.Select(o => o.Name));
        }
    }

    [Theory]
    [InlineData("rates")]
    [InlineData("log-rates")]
    public void So_do_those_of_latents(string features)
    {
        Fit("latents.json", "--targets", In("data.h5"), "--smooth-sigma", "2");

        Succeed(ExportCommand.Create(), [.. ExportArguments, "--decoder", $"{In("latents.json")}:{features}", "--for", "batch", "--precision", "int8", "--max-loss", "1", "--force"]);

        RequireDecodes(In("model.onnx"), "latents.json", features);
    }

    [Fact]
    public void Unless_one_is_named_the_best_is_taken_and_infer_takes_the_model_as_before()
    {
        Fit("behaviour.json", "--behavior", In("data.h5") + ":latents", "--history", "3");
        (string Name, double R2)[] all = [.. Decoders("behaviour.json").Select(d => (d.GetProperty("decoder").GetString()!, d.GetProperty("r2_mean").GetDouble()))];

        string output = Succeed(ExportCommand.Create(), [.. ExportArguments, "--decoder", In("behaviour.json"), "--force"]);

        Assert.Contains($"decoded: x1, x2, x3 (as the behaviour file has it) by '{all.MaxBy(d => d.R2).Name}'", output, StringComparison.Ordinal);
        Succeed(InferCommand.Create(), ["--model", In("model.onnx"), "--input", In("data.h5"), "--out", In("again"), "--threads", "1"]);
        using RatesFile before = RatesFile.Open(In("rates/data.rates.h5")), after = RatesFile.Open(In("again/data.rates.h5"));
        Assert.Equal(before.ReadAll("valid_rates").Values, after.ReadAll("valid_rates").Values);
    }

    [Fact]
    public void Units_in_another_order_are_found_by_name()
    {
        Fit("behaviour.json", "--behavior", In("data.h5") + ":latents");
        FittedDecoder fitted = FittedDecoder.Read(In("behaviour.json"));
        int[] turned = [.. Enumerable.Range(0, fitted.Units).Reverse()];
        var rates = new TrialTensor(1, 4, fitted.Units, [.. Enumerable.Range(0, 4 * fitted.Units).Select(i => 0.1f * i)]);
        FusedDecoder Fused(FittedDecoder decoder) => FusedDecoder.Of(decoder, _data.UnitIds, 20, null, null);

        Assert.Equal(Fused(fitted).InDouble(rates, 0).Decoded, Fused(fitted.Reordered(turned)).InDouble(rates, 0).Decoded);
        Assert.NotEqual(fitted.Ridge.Weights[0], fitted.Reordered(turned).Ridge.Weights[0]);
    }

    [Theory]
    [InlineData(-3, 2)]
    [InlineData(0, 0)]
    public void Forward_bins_are_seen_and_not_decoded(int firstLag, int lastLag)
    {
        Checkpoint checkpoint = ExportFixtures.Small(new() { Channels = 6, HeldIn = 4, ForwardBins = 5, Layers = 2, LatentDim = 4 });
        FusedDecoder decoder = ExportFixtures.Decoder(units: 6, firstLag, lastLag);
        byte[] model = UnetSpikes.Onnx.GraphWriter.ToBytes(InferenceGraph.Build([FoldedNetwork.Of(checkpoint)], ModelForm.Auto, decoder: decoder));
        using OnnxSession session = ExportFixtures.Session(model);

        IReadOnlyDictionary<string, HostTensor> outputs = ExportFixtures.Run(session, VerificationData.Synthetic(4).Window(3, 20));
        VerificationReport report = new Verification([checkpoint], VerificationData.Synthetic(4), Tolerance.Of(Precision.Fp32), 1, decoder).Check("model", model);

        Assert.Equal([3, 20, 2], outputs[DecodedOutput.Name].Shape);
        Assert.Equal([3, 25, 6], outputs[InferenceGraph.Rates].Shape);
        Assert.Null(report.Problem);
        Assert.InRange(report.DecoderError!.Value, 1e-9, VerificationReport.DecoderTolerance);
    }

    [Fact]
    public void A_fused_output_that_is_off_is_found()
    {
        Fit("behaviour.json", "--behavior", In("data.h5") + ":latents");
        Checkpoint checkpoint = Checkpoint.Load(In("best.safetensors"));
        FusedDecoder Fused(Func<double[], double[]> change)
        {
            FittedDecoder fitted = FittedDecoder.Read(In("behaviour.json"));
            return FusedDecoder.Of(fitted with { Ridge = fitted.Ridge with { Intercept = change(fitted.Ridge.Intercept) } }, _data.UnitIds, 20, null, null);
        }

        var verification = new Verification([checkpoint], VerificationData.Synthetic(6), Tolerance.Of(Precision.Fp32), 1, Fused(b => b));
        byte[] Model(FusedDecoder decoder) => UnetSpikes.Onnx.GraphWriter.ToBytes(InferenceGraph.Build([FoldedNetwork.Of(checkpoint)], ModelForm.Batch, decoder: decoder));

        Assert.Null(verification.Check("right", Model(Fused(b => b))).Problem);
        Assert.Contains("its output 'decoded' differs", verification.Check("wrong", Model(Fused(b => [b[0] + 0.01, .. b[1..]]))).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decoder_of_other_units_bins_or_form_is_refused_in_one_line()
    {
        Fit("behaviour.json", "--behavior", In("data.h5") + ":latents");
        string good = File.ReadAllText(In("behaviour.json"));

        Refuse(ExitCode.Usage, "is for bins of 20.5 ms, expected the model's 20 ms", good.Replace("\"bin_width_ms\": 20,", "\"bin_width_ms\": 20.5,"));
        Refuse(ExitCode.Usage, $"does not know the model's unit '{_data.UnitIds[0]}'", good.Replace($"\"{_data.UnitIds[0]}\"", "\"another\""));
        Refuse(ExitCode.Data, "has unit_ids that are missing or not distinct", good.Replace($"\"{_data.UnitIds[0]}\"", $"\"{_data.UnitIds[1]}\""));
        Refuse(ExitCode.Data, "rows of weights, expected some for each of 2 lags", good.Replace("\"last_lag\": 0", "\"last_lag\": 1").Replace("],\n        [", "],\n        [1, 2, 3],\n        [", StringComparison.Ordinal));
        Refuse(ExitCode.Data, "format is 'something', expected 'unet-spikes decoder 1'", good.Replace(FittedDecoder.Format, "something"));
        Refuse(ExitCode.Data, "is not JSON as 'decode' writes it", good[..^20]);
        Refuse(ExitCode.Data, "has no intercept", good.Replace("\"intercept\"", "\"intercepted\""));
        Refuse(ExitCode.Data, "has no weights", good.Replace("\"weights\"", "\"weighted\""));

        File.WriteAllText(In("d.json"), good);
        AssertRefused(ExitCode.Data, "has no 'nonsense' that takes rates, expected one of ridge, same bin", "--decoder", In("d.json") + ":nonsense");
        AssertRefused(ExitCode.Usage, "--decoded-names: is a,b, expected 3 names", "--decoder", In("d.json"), "--decoded-names", "a,b");
        AssertRefused(ExitCode.Data, "does not exist, expected the decoders that 'decode' wrote", "--decoder", In("absent.json"));
        AssertRefused(ExitCode.Usage, "--decoded-unit: names what --decoder gives, and there is none", "--decoded-unit", "m/s");
    }

    private string[] ExportArguments => ["--checkpoint", In("best.safetensors"), "--out", In("model.onnx"), "--threads", "1"];

    private string In(string name) => Path.Combine(_folder, name);

    private JsonElement[] Decoders(string file) => [.. JsonDocument.Parse(File.ReadAllText(In(file))).RootElement.GetProperty("decoders").EnumerateArray()];

    /// <summary>export → infer → decode.</summary>
    private void Fit(string decoder, params string[] what)
    {
        Succeed(ExportCommand.Create(), [.. ExportArguments, "--force"]);
        Succeed(InferCommand.Create(), ["--model", In("model.onnx"), "--input", In("data.h5"), "--out", In("rates"), "--threads", "1", "--force"]);
        Succeed(DecodeCommand.Create(), ["--rates", In("rates/data.rates.h5"), "--out", In(decoder), .. what]);
    }

    /// <summary>The model's output against the formula written out, with the rates beside it.</summary>
    private void RequireDecodes(string model, string file, string name)
    {
        JsonElement decoder = Decoders(file).Single(d => (d.TryGetProperty("decoder", out JsonElement own) ? own : d.GetProperty("features")).GetString() == name);
        double[][] weights = decoder.GetProperty("weights").Deserialize<double[][]>()!;
        double[] intercept = decoder.GetProperty("intercept").Deserialize<double[]>()!;
        int firstLag = decoder.TryGetProperty("first_lag", out JsonElement lag) ? lag.GetInt32() : 0;
        bool isOfLogRates = name == "log-rates";
        using OnnxSession session = ExportFixtures.Session(File.ReadAllBytes(model));
        foreach ((int trials, int bins) in new[] { (1, 1), (2, 50), (9, 7) })
        {
            IReadOnlyDictionary<string, HostTensor> outputs = ExportFixtures.Run(session, VerificationData.Synthetic(6).Window(trials, bins));
            float[] rates = outputs[InferenceGraph.Rates].Values<float>(), decoded = outputs[DecodedOutput.Name].Values<float>();

            Assert.Equal([trials, bins, 3], outputs[DecodedOutput.Name].Shape);
            for (int i = 0; i < decoded.Length; i++)
            {
                (int trial, int bin, int column) = (i / 3 / bins, i / 3 % bins, i % 3);
                double expected = intercept[column], magnitude = Math.Abs(expected);
                for (int w = 0; w < weights.Length; w++)
                {
                    int at = Math.Min(bins - 1, Math.Max(0, bin + firstLag + (w / 6)));
                    double rate = rates[(((trial * bins) + at) * 6) + (w % 6)], term = weights[w][column] * (isOfLogRates ? Math.Log(Math.Max(1e-4, rate)) : rate);
                    expected += term;
                    magnitude += Math.Abs(term);
                }

                Assert.True(Math.Abs(decoded[i] - expected) <= 1e-5 * magnitude, $"{name}, trial {trial}, bin {bin}, column {column}: {decoded[i]:R}, expected {expected:R}");
            }
        }
    }

    private void Refuse(int code, string message, string content)
    {
        File.WriteAllText(In("d.json"), content);
        AssertRefused(code, message, "--decoder", In("d.json"));
    }

    private void AssertRefused(int code, string message, params string[] more)
    {
        (int actual, string output, string error) = Run(ExportCommand.Create(), [.. ExportArguments, "--force", .. more]);

        Assert.True(code == actual, error);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal("", output);
    }

    private static string Succeed(System.CommandLine.Command command, string[] arguments)
    {
        (int code, string output, string error) = Run(command, arguments);
        Assert.True(code == 0, error);
        return output;
    }

    private static (int Code, string Output, string Error) Run(System.CommandLine.Command command, string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(command, arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
