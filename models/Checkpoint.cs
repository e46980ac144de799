using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using UnetSpikes.Core;

namespace UnetSpikes.Models;

/// <summary>What the data a model was trained on says of itself; it travels with the model so that it can be run years later.</summary>
/// <param name="Path">The file, as it was named on the command line.</param>
/// <param name="Fingerprint">SHA-256 of the counts, or <see cref="UntoldFingerprint"/>.</param>
/// <param name="BinWidthMs">Width of a bin, in milliseconds; null when neither the file nor the user said.</param>
/// <param name="UnitIds">The units in channel order.</param>
public sealed record TrainingData(string Path, string Fingerprint, double? BinWidthMs, IReadOnlyList<string> UnitIds)
{
    /// <summary>The fingerprint of data that nobody said anything of: those of a network that another program trained.</summary>
    public const string UntoldFingerprint = "unknown";

    /// <summary>Whether it is known what the data were.</summary>
    [JsonIgnore]
    public bool IsTold => Fingerprint != UntoldFingerprint;

    /// <summary>Data that nobody said anything of; the units are "0", "1", ….</summary>
    /// <param name="units">How many.</param>
    public static TrainingData Untold(int units) =>
        new("", UntoldFingerprint, null, [.. Enumerable.Range(0, units).Select(unit => unit.ToString(CultureInfo.InvariantCulture))]);
}

/// <summary>The optimizer's memory, each as long as the parameter vector.</summary>
/// <param name="FirstMoment">Adam's m.</param>
/// <param name="SecondMoment">Adam's v.</param>
/// <param name="MaxSecondMoment">AMSGrad's largest v so far (before bias correction, as PyTorch keeps it); null for optimizers without it.</param>
public sealed record OptimizerState(float[] FirstMoment, float[] SecondMoment, float[]? MaxSecondMoment);

/// <summary>Everything a run is: enough to resume it bit for bit, and to export the model.</summary>
public sealed record Checkpoint
{
    /// <summary>Version of this file's keys.</summary>
    public const string FormatVersion = "1";

    private const string ModelPrefix = "model.";
    private const string AveragePrefix = "average.";
    private const string LargestPrefix = "optimizer.max_exp_avg_sq.";
    private const string BatchesTracked = ".num_batches_tracked";

    /// <summary>What is missing or null where it may not be is an error, not a null to be met later.</summary>
    private static readonly JsonSerializerOptions Strict = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>The network.</summary>
    public required ModelOptions Model { get; init; }

    /// <summary>Its parameters as one flat vector.</summary>
    public required float[] Parameters { get; init; }

    /// <summary>Its running statistics as one flat vector.</summary>
    public required float[] RunningStatistics { get; init; }

    /// <summary>The parameters' average over the steps so far, as one flat vector; null where none is kept, or where it is <see cref="Parameters"/> itself.</summary>
    public float[]? Average { get; init; }

    /// <summary>The running statistics that belong to <see cref="Average"/>; null where there is none, or no normalisation, and in files from before they were kept.</summary>
    public float[]? AverageStatistics { get; init; }

    /// <summary>The optimizer's memory.</summary>
    public required OptimizerState Optimizer { get; init; }

    /// <summary>Steps taken.</summary>
    public required long Step { get; init; }

    /// <summary>The data it was trained on.</summary>
    public required TrainingData Data { get; init; }

    /// <summary>Whatever else the training loop needs to go on: resolved options, random streams, scores. Key → text.</summary>
    public required IReadOnlyDictionary<string, string> Run { get; init; }

    /// <summary>Writes the checkpoint as safetensors: beside the target, flushed, renamed.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    public void Save(string path)
    {
        SpikeNetwork network = Model.Build();
        List<KeyValuePair<string, NamedArray>> arrays = [];
        AddAll(arrays, ModelPrefix, network.Parameters.Unflatten(Parameters));
        AddAll(arrays, ModelPrefix, network.RunningStatistics.Unflatten(RunningStatistics));
        foreach (BatchNorm norm in network.Normalizations)
        {
            arrays.Add(new(ModelPrefix + norm.Name + BatchesTracked, new NamedArray([], [Step], IsInteger: true)));
        }

        if (Average is not null)
        {
            AddAll(arrays, AveragePrefix, network.Parameters.Unflatten(Average));
        }

        if (AverageStatistics is not null)
        {
            AddAll(arrays, AveragePrefix, network.RunningStatistics.Unflatten(AverageStatistics));
        }

        AddAll(arrays, "optimizer.exp_avg.", network.Parameters.Unflatten(Optimizer.FirstMoment));
        AddAll(arrays, "optimizer.exp_avg_sq.", network.Parameters.Unflatten(Optimizer.SecondMoment));
        if (Optimizer.MaxSecondMoment is not null)
        {
            AddAll(arrays, LargestPrefix, network.Parameters.Unflatten(Optimizer.MaxSecondMoment));
        }

        var metadata = new Dictionary<string, string>
        {
            ["format"] = "unet-spikes checkpoint",
            ["format_version"] = FormatVersion,
            ["model"] = Model.ToJson(),
            ["step"] = Step.ToString(CultureInfo.InvariantCulture),
            ["data"] = JsonSerializer.Serialize(Data),
            ["run"] = JsonSerializer.Serialize(Run),
        };
        Safetensors.Write(path, arrays, metadata);
    }

    /// <summary>Reads a checkpoint written by <see cref="Save"/>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">Not a checkpoint, one of another format version, or an array missing or of another shape.</exception>
    public static Checkpoint Load(string path) => Of(path, Safetensors.Read(path));

    /// <summary>Whether a safetensors file says that it is a checkpoint of ours, of whatever version.</summary>
    /// <param name="file">The file.</param>
    public static bool IsOne(SafetensorsFile file) => file.Metadata.ContainsKey("format_version");

    /// <summary>Reads a checkpoint out of a file that is already in memory.</summary>
    internal static Checkpoint Of(string path, SafetensorsFile file)
    {
        string version = Text(file, path, "format_version");
        if (version != FormatVersion)
        {
            throw new CheckpointException(path, "format_version", $"is {version}, expected {FormatVersion}");
        }

        ModelOptions model = Parse(path, "model", Text(file, path, "model"), ModelOptions.FromJson);
        string[] problems = [.. model.Validate()];
        if (problems.Length > 0)
        {
            throw new CheckpointException(path, "model", problems[0]);
        }

        SpikeNetwork network = model.Build();
        return new Checkpoint
        {
            Model = model,
            Parameters = network.Parameters.Flatten(file.Arrays, path, ModelPrefix),
            RunningStatistics = network.RunningStatistics.Flatten(file.Arrays, path, ModelPrefix),
            Average = Optional(network.Parameters, AveragePrefix),
            AverageStatistics = Optional(network.RunningStatistics, AveragePrefix),
            Optimizer = new OptimizerState(
                network.Parameters.Flatten(file.Arrays, path, "optimizer.exp_avg."),
                network.Parameters.Flatten(file.Arrays, path, "optimizer.exp_avg_sq."),
                Optional(network.Parameters, LargestPrefix)),
            Step = Parse(path, "step", Text(file, path, "step"), text => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)),
            Data = Parse(path, "data", Text(file, path, "data"), text => JsonSerializer.Deserialize<TrainingData>(text, Strict)),
            Run = Parse(path, "run", Text(file, path, "run"), text => JsonSerializer.Deserialize<Dictionary<string, string>>(text, Strict)),
        };

        // Not every run has it; where one array of it is, all must be.
        float[]? Optional(ParameterLayout layout, string prefix) => layout.Specs.Any(spec => file.Arrays.ContainsKey(prefix + spec.Name))
            ? layout.Flatten(file.Arrays, path, prefix)
            : null;
    }

    private static void AddAll(List<KeyValuePair<string, NamedArray>> arrays, string prefix, Dictionary<string, NamedArray> from) =>
        arrays.AddRange(from.Select(pair => new KeyValuePair<string, NamedArray>(prefix + pair.Key, pair.Value)));

    private static string Text(SafetensorsFile file, string path, string key) =>
        file.Metadata.TryGetValue(key, out string? text)
            ? text
            : throw new CheckpointException(path, key, "is missing from the metadata; expected a checkpoint written by unet-spikes train");

    private static T Parse<T>(string path, string key, string text, Func<string, T?> parse)
    {
        try
        {
            return parse(text) ?? throw new FormatException("null");
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException)
        {
            throw new CheckpointException(path, key, $"cannot be understood: {e.Message}", e);
        }
    }
}
