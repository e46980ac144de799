using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using UnetSpikes.Cli;
using UnetSpikes.Data;

namespace UnetSpikes.Infer;

/// <summary>What came of one input file.</summary>
/// <param name="Input">The file.</param>
/// <param name="Out">Its rates.</param>
/// <param name="Arrays">Its arrays.</param>
/// <param name="UnitsReordered">Whether the file has the model's units in another order.</param>
/// <param name="Seconds">Reading, computing and writing.</param>
/// <param name="TimesRealTime">Recorded time over that.</param>
public sealed record InputResult(
    string Input, string Out, IReadOnlyList<ArrayResult> Arrays, bool UnitsReordered, double Seconds, double TimesRealTime);

/// <summary>Runs the model over one file and writes its rates with where they come from.</summary>
internal static class InputRun
{
    /// <exception cref="Core.UnetSpikesException">The file, the model or the device is at fault; then no output is left.</exception>
    public static InputResult Run(string path, SpikeModel model, InferOptions options, Action<long> onBins, CancellationToken cancel)
    {
        long started = Stopwatch.GetTimestamp();
        using InputCounts input = InputCounts.Open(path, model, options);
        string output = options.OutputFor(path);
        var header = new RatesHeader
        {
            BinWidthMs = model.Metadata.BinWidthMs,
            UnitIds = input.Units.UnitIds,
            ProvenanceJson = JsonLine.Text(Provenance(input, model, options)),
        };
        var results = new List<ArrayResult>();
        using (RatesWriter writer = RatesWriter.Create(output, header))
        {
            foreach (CountsArray array in input.Arrays)
            {
                results.Add(RunArray(array, input, model, options, writer, onBins, cancel));
            }

            writer.Commit();
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double recorded = input.TotalBins * model.Metadata.BinWidthMs / 1000;
        return new InputResult(path, output, results, input.Units.IsPermuted, seconds, recorded / seconds);
    }

    private static ArrayResult RunArray(
        CountsArray array, InputCounts input, SpikeModel model, InferOptions options, RatesWriter writer, Action<long> onBins, CancellationToken cancel)
    {
        string rates = RatesWriter.NameFor(array.Name, RatesKind.Rates);
        writer.AddArray(rates, array.Trials, array.Bins, array.Units, RatesKind.Rates, array.TrialIds);
        if (options.Latents)
        {
            writer.AddArray(RatesWriter.NameFor(array.Name, RatesKind.Latents), array.Trials, array.Bins, model.LatentDimensions(), RatesKind.Latents, array.TrialIds);
        }

        if (array.Trials == 0 || array.Bins == 0)
        {
            return new ArrayResult(array.Name, rates, array.Trials, array.Bins, 0, 0, 0, 0, 0);
        }

        using var run = new ArrayRun(model, array, input.Units, writer, options);
        return run.Run(onBins, cancel);
    }

    private static object Provenance(InputCounts input, SpikeModel model, InferOptions options) => new
    {
        MadeBy = "unet-spikes infer " + Version(),
        Model = new
        {
            model.Path,
            model.Sha256,
            model.Metadata.Architecture,
            model.Metadata.BinWidthMs,
            model.Metadata.ReceptiveFieldLeft,
            model.Metadata.ReceptiveFieldRight,
            model.Metadata.BinMultiple,
            TrainingDataSha256 = model.Metadata.TrainingDataHash,
            model.Metadata.Commit,
            model.Metadata.CreatedBy,
            model.Metadata.Licence,
        },
        Input = new { input.Path, Sha256 = HashOf(input.Path), Arrays = input.Arrays.Select(a => a.Name), UnitsReordered = input.Units.IsPermuted },
        Options = new { options.WindowBins, options.Batch, options.BinWidthMs, options.UnitsByPosition, options.Latents },
        Device = model.Session.Device.ToString(),
        Threads = model.Session.Threads.Count,
    };

    private static string HashOf(string path)
    {
        // The HDF5 library may hold a lock on the file; it is only read here.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string Version() =>
        typeof(InputRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
