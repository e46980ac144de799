using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Nlb.Prep;
using UnetSpikes.Recordings;

namespace UnetSpikes.Prep;

/// <summary>What to cut out of which recording.</summary>
public sealed record PrepOptions
{
    /// <summary>The recording's file, or the folder of a session's files.</summary>
    public required string DataRoot { get; init; }

    /// <summary>One of the benchmark's data sets; null = <see cref="Align"/> or <see cref="ChopMs"/>.</summary>
    public string? Dataset { get; init; }

    /// <summary>The benchmark's phase.</summary>
    public NlbPhase Phase { get; init; }

    /// <summary>Whether behaviour and averages are written in float32.</summary>
    public bool IsSingle { get; init; }

    /// <summary>The trial table's column of moments; null = none.</summary>
    public string? Align { get; init; }

    /// <summary>The window around the moment, in milliseconds.</summary>
    public IReadOnlyList<double> WindowMs { get; init; } = [];

    /// <summary>Length of pieces without trials, in milliseconds; null = none.</summary>
    public double? ChopMs { get; init; }

    /// <summary>The series to write in the same windows; null = none.</summary>
    public string? Behavior { get; init; }

    /// <summary>How long it follows spikes, in milliseconds.</summary>
    public double LagMs { get; init; }

    /// <summary>Part of the windows for validation.</summary>
    public double ValidFraction { get; init; } = 0.2;

    /// <summary>Of the choice of validation windows.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Width of a bin, in whole milliseconds.</summary>
    public int BinWidthMs { get; init; } = 5;

    /// <summary>What the recording is; null = found out.</summary>
    public RecordingFormat? Format { get; init; }

    /// <summary>Which units of a sorter's folder are taken.</summary>
    public UnitChoice Units { get; init; }

    /// <summary>The file to write.</summary>
    public required string OutPath { get; init; }

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="UsageException">An option, or a combination of them.</exception>
    public void Validate()
    {
        if ((Dataset is null ? 0 : 1) + (Align is null ? 0 : 1) + (ChopMs is null ? 0 : 1) != 1)
        {
            throw new UsageException("prep", "expected one of --dataset NAME, --align COLUMN with --window A,B, or --chop MS");
        }

        if (BinWidthMs < 1 || (Dataset is not null && BinWidthMs is not (5 or 20)))
        {
            throw new UsageException("--bin", $"is {BinWidthMs}, expected {(Dataset is null ? "whole milliseconds of at least 1" : "5 or 20, the benchmark's")}");
        }

        if (Align is not null && !(WindowMs is [double from, double to] && to - from >= BinWidthMs))
        {
            throw new UsageException("--window", "expected two moments in milliseconds, such as -250,450, at least a bin apart");
        }

        if (ChopMs is { } chop && !(chop >= BinWidthMs && chop < int.MaxValue))
        {
            throw new UsageException("--chop", string.Create(CultureInfo.InvariantCulture, $"is {chop}, expected milliseconds of at least a bin"));
        }

        if (Dataset is not null && Units != UnitChoice.NotNoise)
        {
            throw new UsageException("--units", "chooses by the labels of a sorter's folder; the benchmark's units are its own");
        }

        if (!(ValidFraction is > 0 and < 1))
        {
            throw new UsageException("--valid", string.Create(CultureInfo.InvariantCulture, $"is {ValidFraction}, expected a part between 0 and 1"));
        }
    }
}
