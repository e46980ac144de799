using System.Security.Cryptography;
using System.Text.Json;
using UnetSpikes.Core;

namespace UnetSpikes.Regression;

/// <summary>One decoder of a file that <c>decode</c> wrote, with what must hold where it is used (docs/decode.md).</summary>
public sealed record FittedDecoder
{
    /// <summary>What the file's key <c>format</c> says.</summary>
    public const string Format = "unet-spikes decoder 1";

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of the file, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Such as "ridge, 8 bins of history" for behaviour, "rates" or "log-rates" for latents.</summary>
    public required string Name { get; init; }

    /// <summary>Where the features are log-rates: the rate that lower ones are taken as. Null where they are rates, in spikes per bin.</summary>
    public double? LowestRate { get; init; }

    /// <summary>Earliest bin it sees, relative to the decoded one; negative = before it.</summary>
    public int FirstLag { get; init; }

    /// <summary>Latest bin it sees.</summary>
    public int LastLag { get; init; }

    /// <summary>Weights [(lag − first) · units + unit][column] and intercepts.</summary>
    public required RidgeDecoder Ridge { get; init; }

    /// <summary>Width of the bins it was fitted on, in milliseconds.</summary>
    public required double BinWidthMs { get; init; }

    /// <summary>The units in the order of the weights; null where the file does not say.</summary>
    public IReadOnlyList<string>? UnitIds { get; init; }

    /// <summary>Unit of what is decoded, in the file's words.</summary>
    public required string TargetUnit { get; init; }

    /// <summary>R² on held-out trials, mean over columns; NaN where none could be computed.</summary>
    public required double R2Mean { get; init; }

    /// <summary>Bins it sees.</summary>
    public int Lags => LastLag - FirstLag + 1;

    /// <summary>Units whose rates it sees.</summary>
    public int Units => Ridge.Weights.Length / Lags;

    /// <summary>Numbers it gives for a bin.</summary>
    public int Columns => Ridge.Intercept.Length;

    /// <summary>Reads a decoder that takes a model's rates.</summary>
    /// <param name="path">The JSON file.</param>
    /// <param name="name">Which of its decoders; null = the one with the best R² on held-out trials. Those of counts are none.</param>
    /// <exception cref="DataFormatException">The file is missing or malformed, or has no such decoder.</exception>
    public static FittedDecoder Read(string path, string? name = null)
    {
        byte[] bytes = File.Exists(path) ? File.ReadAllBytes(path) : throw new DataFormatException(path, "", "does not exist, expected the decoders that 'decode' wrote");
        FileContent file;
        try
        {
            file = JsonSerializer.Deserialize<FileContent>(bytes, SnakeCase) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new DataFormatException(path, e.Path ?? "", "is not JSON as 'decode' writes it", e);
        }

        if (file.Format != Format)
        {
            throw new DataFormatException(path, "format", $"is '{file.Format}', expected '{Format}'");
        }

        FittedDecoder[] all = [.. (file.Decoders ?? []).Where(d => d.Features is not ("raw counts" or "smoothed counts")).Select((d, i) => Of(path, bytes, file, d, i))];
        return (name is null ? all.MaxBy(d => double.IsNaN(d.R2Mean) ? double.NegativeInfinity : d.R2Mean) : Array.Find(all, d => d.Name == name))
            ?? throw new DataFormatException(path, "decoders", name is null
                ? "has none that takes rates, expected one"
                : $"has no '{name}' that takes rates, expected one of {string.Join("; ", all.Select(d => d.Name))}");
    }

    /// <summary>The same decoder with its units in another order.</summary>
    /// <param name="order">For each place, the unit that is now there, by its present place.</param>
    public FittedDecoder Reordered(IReadOnlyList<int> order) => this with
    {
        UnitIds = UnitIds is null ? null : [.. order.Select(unit => UnitIds[unit])],
        Ridge = Ridge with { Weights = [.. Enumerable.Range(0, Lags).SelectMany(lag => order.Select(unit => Ridge.Weights[(lag * Units) + unit]))] },
    };

    private static FittedDecoder Of(string path, byte[] bytes, FileContent file, DecoderContent d, int index)
    {
        string place = $"decoders[{index}]";
        var decoder = new FittedDecoder
        {
            Path = path,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            Name = d.Decoder ?? d.Features ?? throw Bad(path, place, "has no name"),
            LowestRate = d.LowestRate,
            FirstLag = d.FirstLag,
            LastLag = d.LastLag,
            Ridge = new RidgeDecoder { Weights = d.Weights ?? throw Bad(path, place, "has no weights"), Intercept = d.Intercept ?? throw Bad(path, place, "has no intercept"), Alpha = d.Alpha },
            BinWidthMs = file.BinWidthMs,
            UnitIds = file.UnitIds,
            TargetUnit = file.TargetUnit ?? "not said",
            R2Mean = d.R2Mean ?? double.NaN,
        };
        return decoder.Problem() is string problem ? throw Bad(path, place, problem) : decoder;
    }

    private string? Problem() => this switch
    {
        _ when LastLag < FirstLag || Lags > 10_000 => $"has lags {FirstLag} to {LastLag}, expected a range",
        { Columns: 0 } => "decodes no column",
        _ when Units == 0 || Units * Lags != Ridge.Weights.Length => $"has {Ridge.Weights.Length} rows of weights, expected some for each of {Lags} lags",
        _ when UnitIds is not null && UnitIds.Count != Units => $"has weights of {Units} units, expected the {UnitIds.Count} of unit_ids",
        _ when UnitIds is not null && (UnitIds.Contains(null!) || UnitIds.Distinct().Count() != Units) => "has unit_ids that are missing or not distinct",
        _ when !Array.TrueForAll(Ridge.Weights, row => row is not null && row.Length == Columns) => $"has a row of weights that is not of {Columns} columns",
        _ when Ridge.Weights.Append(Ridge.Intercept).Any(row => !Array.TrueForAll(row, double.IsFinite)) => "has a number that is not finite",
        { LowestRate: not (null or > 0) } => $"has a lowest rate of {LowestRate}, expected one above 0",
        _ when !(BinWidthMs > 0) => $"is of bins of {BinWidthMs} ms, expected a width above 0",
        _ => null,
    };

    private static DataFormatException Bad(string path, string place, string problem) => new(path, place, problem);

    private sealed record FileContent(string? Format, double BinWidthMs, string? TargetUnit, string[]? UnitIds, DecoderContent[]? Decoders);

    private sealed record DecoderContent(
        string? Decoder, string? Features, double? LowestRate, int FirstLag, int LastLag, double Alpha, double? R2Mean, double[]? Intercept, double[][]? Weights);
}
