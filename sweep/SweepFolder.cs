using System.Text.Encodings.Web;
using System.Text.Json;
using UnetSpikes.Core;

namespace UnetSpikes.Sweep;

/// <summary>The files of one sweep: <c>sweep.json</c>, <c>manifest.jsonl</c>, a run folder per member, and the results.</summary>
public sealed class SweepFolder
{
    private const string PlanName = "sweep.json";
    private const string ManifestName = "manifest.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // Paths and values as themselves, for people and shells that read a line.
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private SweepFolder(string path, SweepPlan plan, IReadOnlyList<ManifestLine> lines) => (FolderPath, Plan, Lines) = (path, plan, lines);

    /// <summary>The folder.</summary>
    public string FolderPath { get; }

    /// <summary>The manifest.</summary>
    public string Manifest => Path.Combine(FolderPath, ManifestName);

    /// <summary>What all members have in common.</summary>
    public SweepPlan Plan { get; }

    /// <summary>The members, in the manifest's order.</summary>
    public IReadOnlyList<ManifestLine> Lines { get; }

    /// <summary>Writes a new sweep's plan and manifest, or checks that the folder holds the very same sweep.</summary>
    /// <param name="path">The folder; made if absent.</param>
    /// <param name="plan">What all members have in common.</param>
    /// <param name="members">The members.</param>
    /// <exception cref="UsageException">The folder holds another sweep.</exception>
    public static SweepFolder Create(string path, SweepPlan plan, IReadOnlyList<ManifestLine> members)
    {
        IReadOnlyList<ManifestLine> lines = WithOptions(plan, members);
        string planText = JsonSerializer.Serialize(plan, Json) + "\n";
        string manifest = string.Concat(lines.Select(line => JsonSerializer.Serialize(line, Json) + "\n"));
        if (!Exists(path))
        {
            AtomicFile.WriteText(Path.Combine(path, PlanName), planText);
            AtomicFile.WriteText(Path.Combine(path, ManifestName), manifest);
        }
        else if (File.ReadAllText(Path.Combine(path, ManifestName)) != manifest || ReadText(path, PlanName) != planText)
        {
            throw new UsageException("--out", $"{path} holds another sweep; expected another folder, or --out {path} alone, which goes on with it");
        }

        return new SweepFolder(path, plan, lines);
    }

    /// <summary>Opens a sweep to go on with it.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="UsageException">There is none, or its files cannot be understood.</exception>
    public static SweepFolder Open(string path)
    {
        if (!Exists(path))
        {
            throw new UsageException("--out", $"there is no sweep in {path}; expected one that 'sweep plan' made, or --grid or --random to make one");
        }

        try
        {
            SweepPlan plan = Parse<SweepPlan>(ReadText(path, PlanName));
            return new SweepFolder(path, plan, WithOptions(plan, File.ReadLines(Path.Combine(path, ManifestName)).Select(Parse<ManifestLine>)));
        }
        catch (JsonException e)
        {
            throw new UsageException("--out", $"{path}: {PlanName} or {ManifestName} cannot be understood: {e.Message}");
        }
    }

    /// <summary>Whether a folder holds a sweep.</summary>
    /// <param name="path">The folder.</param>
    public static bool Exists(string path) => File.Exists(Path.Combine(path, ManifestName));

    /// <summary>The run folder of a member.</summary>
    /// <param name="line">The member.</param>
    public string RunOf(ManifestLine line) => Path.Combine(FolderPath, line.Folder);

    private static ManifestLine[] WithOptions(SweepPlan plan, IEnumerable<ManifestLine> lines) =>
        [.. lines.Select(line => line.Options is null ? line with { Options = plan.OptionsOf(line) } : line)];

    private static T Parse<T>(string text) => JsonSerializer.Deserialize<T>(text, Json) ?? throw new JsonException("null");

    private static string ReadText(string path, string name) =>
        File.Exists(Path.Combine(path, name)) ? File.ReadAllText(Path.Combine(path, name)) : throw new UsageException("--out", $"{path}: {name} is missing");
}
