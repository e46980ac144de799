using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.Infer.Files;

/// <summary>What is found in an output's place before a run.</summary>
internal enum OutputState
{
    /// <summary>Nothing.</summary>
    Absent,

    /// <summary>The rates of this input from this model with these options. An output is written beside its name and renamed: what is there is whole.</summary>
    Finished,

    /// <summary>The rates of an earlier state of the input, or without what is written now: the NWB file asked for, the columns that the model decodes. Made again.</summary>
    InputChanged,

    /// <summary>Something else: not overwritten unasked.</summary>
    MadeOtherwise,
}

/// <summary>Decides from an output's provenance whether it has to be made.</summary>
internal static class FinishedOutput
{
    /// <summary>Looks at one output.</summary>
    /// <returns>Its state, and for what was made otherwise in what it differs.</returns>
    public static (OutputState State, string Reason) Look(PlannedFile file, SpikeModel model, InferOptions options)
    {
        if (!File.Exists(file.Output))
        {
            return (OutputState.Absent, "");
        }

        try
        {
            using RatesFile rates = RatesFile.Open(file.Output);
            using JsonDocument origin = JsonDocument.Parse(rates.Header.ProvenanceJson);
            bool hasAll = (model.DecodedColumns == 0 || rates.Arrays.Any(array => array.Kind == RatesKind.Decoded)) && (!options.ToNwb || File.Exists(file.NwbOutput));
            return Compare(origin.RootElement, file, model, options, hasAll);
        }
        catch (Exception e) when (e is DataFormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return (OutputState.MadeOtherwise, "exists and is no file of rates that this program wrote");
        }
    }

    private static (OutputState State, string Reason) Compare(JsonElement origin, PlannedFile file, SpikeModel model, InferOptions options, bool hasAll)
    {
        string? made = origin.GetProperty("model").GetProperty("sha256").GetString();
        if (made != model.Sha256)
        {
            return (OutputState.MadeOtherwise, $"was made by another model (SHA-256 {made?[..8]}…, not {model.Sha256[..8]}…)");
        }

        if (!JsonElement.DeepEquals(origin.GetProperty("options"), Provenance.DecidingOptions(options)))
        {
            return (OutputState.MadeOtherwise, "was made with other options");
        }

        string input = file.Input.Path;
        return (hasAll && File.Exists(input) && InputStamp.Of(input).IsOf(origin.GetProperty("input")) ? OutputState.Finished : OutputState.InputChanged, "");
    }
}
