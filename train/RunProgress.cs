using System.Text.Json;
using System.Text.Json.Serialization;
using UnetSpikes.Core;

namespace UnetSpikes.Train;

/// <summary>Where a run stands beside its weights: all a resumed run needs to go on bit for bit.</summary>
public sealed record RunProgress
{
    private const string Key = "progress";
    private const string ConfigKey = "config";

    /// <summary>Scores may be NaN (a silent unit has no R²), which JSON knows only as a text; nothing else may be null or missing.</summary>
    private static readonly JsonSerializerOptions Strict = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Updates made.</summary>
    public long Step { get; init; }

    /// <summary>The step of the best validation so far; 0 before the first.</summary>
    public long BestStep { get; init; }

    /// <summary>Its scores; null before the first.</summary>
    public ValidationScores? Best { get; init; }

    /// <summary>Seconds of training so far, all resumed runs together.</summary>
    public double Seconds { get; init; }

    /// <summary>Where the dealing of trials stands.</summary>
    public required SamplerPosition Sampler { get; init; }

    /// <summary>State of the stream for masks.</summary>
    public required ulong[] MaskStream { get; init; }

    /// <summary>State of the stream for dropout; null in the checkpoints of versions that had none.</summary>
    public ulong[]? DropoutStream { get; init; }

    /// <summary>As the checkpoint's run entries, with the resolved configuration.</summary>
    /// <param name="configYaml">The resolved configuration.</param>
    public Dictionary<string, string> ToEntries(string configYaml) => new()
    {
        [Key] = JsonSerializer.Serialize(this, Strict),
        [ConfigKey] = configYaml,
    };

    /// <summary>Reads a checkpoint's run entries.</summary>
    /// <param name="path">The checkpoint, for the error message.</param>
    /// <param name="entries">Its run entries.</param>
    /// <returns>The progress, and the configuration it ran with.</returns>
    /// <exception cref="CheckpointException">They are not there or cannot be understood.</exception>
    public static (RunProgress Progress, string ConfigYaml) FromEntries(string path, IReadOnlyDictionary<string, string> entries)
    {
        if (!entries.TryGetValue(Key, out string? json) || !entries.TryGetValue(ConfigKey, out string? config))
        {
            throw new CheckpointException(path, Key, "is missing; only a checkpoint of 'unet-spikes train' can be resumed");
        }

        try
        {
            RunProgress progress = JsonSerializer.Deserialize<RunProgress>(json, Strict) ?? throw new JsonException("null");
            bool isSound = progress.Step >= 0 && progress.Sampler.Dealt >= 0 && IsStream(progress.Sampler.EpochStart) && IsStream(progress.MaskStream)
                && (progress.DropoutStream is null || IsStream(progress.DropoutStream));
            return isSound ? (progress, config) : throw new JsonException("a negative number, or a random stream that is not four words");
        }
        catch (JsonException e)
        {
            throw new CheckpointException(path, Key, $"cannot be understood: {e.Message}", e);
        }
    }

    private static bool IsStream(ulong[] state) => state.Length == 4 && state.AsSpan().ContainsAnyExcept(0UL);
}
