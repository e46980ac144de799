using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using UnetSpikes.Core;

namespace UnetSpikes.Data;

/// <summary>What training and evaluation need of one data set: trials to learn from and trials to be judged on.</summary>
public sealed record SpikeDataset
{
    /// <summary>The file it was read from, as given; for simulated data, what made it.</summary>
    public required string Path { get; init; }

    /// <summary>Width of a bin in milliseconds; null when the file does not say (never guessed).</summary>
    public double? BinWidthMs { get; init; }

    /// <summary>A name for each unit, as the file has it; "0", "1", … when it does not say.</summary>
    public required IReadOnlyList<string> UnitIds { get; init; }

    /// <summary>Units that a model may see, from the first; the others are held out: predicted, never seen. All of them unless said otherwise.</summary>
    public int HeldInUnits { get => field == 0 ? UnitIds.Count : field; init; }

    /// <summary>Bins at the end of every trial that are predicted, never seen.</summary>
    public int ForwardBins { get; init; }

    /// <summary>What a model may see of every trial.</summary>
    public ObservedPart Observed => new(Train.Counts.Bins - ForwardBins, HeldInUnits);

    /// <summary>What was done to the file's trials that its reader should know, in one line; null where nothing was.</summary>
    public string? Note { get; init; }

    /// <summary>Trials to learn from.</summary>
    public required SpikeSplit Train { get; init; }

    /// <summary>Trials to be judged on; as many units as <see cref="Train"/>.</summary>
    public required SpikeSplit Valid { get; init; }

    /// <summary>SHA-256, in hexadecimal, of all counts as they are in the file, before chopping, clipping or choosing.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Reads a data set of either kind, told apart by its keys: the benchmark's tensors (<see cref="NlbFile"/>) or LFADS's (<see cref="LfadsFile"/>).</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What to do with it; null = nothing beyond reading.</param>
    /// <exception cref="DataFormatException">It is neither, or cannot be read.</exception>
    /// <exception cref="UsageException">An option that does not fit the file.</exception>
    public static SpikeDataset Read(string path, LfadsOptions? options = null) =>
        NlbFile.Is(path) ? NlbFile.Read(path, options) : LfadsFile.Read(path, options);

    /// <summary>The names units have in a file that gives none: "0", "1", ….</summary>
    /// <param name="units">How many.</param>
    public static IReadOnlyList<string> NumberedUnits(int units) =>
        [.. Enumerable.Range(0, units).Select(u => u.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>The fingerprint of counts: SHA-256 over each split's shape (three int32) and values (float32), little-endian.</summary>
    /// <param name="train">Training counts.</param>
    /// <param name="valid">Validation counts.</param>
    public static string FingerprintOf(TrialTensor train, TrialTensor valid)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> shape = stackalloc byte[12];
        foreach (TrialTensor counts in new[] { train, valid })
        {
            BinaryPrimitives.WriteInt32LittleEndian(shape, counts.Trials);
            BinaryPrimitives.WriteInt32LittleEndian(shape[4..], counts.Bins);
            BinaryPrimitives.WriteInt32LittleEndian(shape[8..], counts.Units);
            hash.AppendData(shape);
            // .NET runs on little-endian machines only where it runs with ONNX Runtime; the cast is the byte order we name.
            for (int trial = 0; trial < counts.Trials; trial++)
            {
                hash.AppendData(MemoryMarshal.AsBytes<float>(counts.Trial(trial)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
