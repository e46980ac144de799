using System.Reflection;
using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Infer.Files;

namespace UnetSpikes.Infer;

/// <summary>Where a file of rates comes from, as JSON (<c>/@provenance</c>); a later run decides by it whether the file is finished (<see cref="FinishedOutput"/>).</summary>
internal static class Provenance
{
    /// <summary>Of one output; reads the input once to hash it.</summary>
    /// <exception cref="IOException">The input cannot be read.</exception>
    public static string Of(InputCounts input, InputStamp stamp, SpikeModel model, InferOptions options) => JsonLine.Text(new
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
            model.Metadata.HeldInUnits,
            model.Metadata.ForwardBins,
            TrainingDataSha256 = model.Metadata.TrainingDataHash,
            model.Metadata.Commit,
            model.Metadata.CreatedBy,
            model.Metadata.Licence,
        },
        Input = new
        {
            input.Path,
            stamp.Bytes,
            stamp.Modified,
            Sha256 = stamp.Sha256(),
            Arrays = input.Arrays.Select(a => a.Name),
            UnitsReordered = input.Units.IsPermuted,
            UnitsMissing = input.Units.Missing,
            UnitsDropped = input.Units.Surplus,
        },
        Options = DecidingOptions(options),
        Run = new { options.WindowBins, options.Batch, options.BinWidthMs, Device = model.Session.Device.ToString(), Threads = model.Session.Threads.Count },
    });

    /// <summary>The options that decide what is written; windows, batches, devices and threads change nothing but rounding.</summary>
    public static JsonElement DecidingOptions(InferOptions options) => JsonSerializer.SerializeToElement(new Dictionary<string, object>
    {
        ["arrays"] = options.Arrays.Distinct().Order(StringComparer.Ordinal),
        ["units_by_position"] = options.Units.ByPosition,
        ["fill_missing"] = options.Units.FillMissing,
        ["drop_surplus"] = options.Units.DropSurplus,
        ["latents"] = options.Latents,
    });

    private static string Version() =>
        typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
