using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Files;

/// <summary>One of n equal shares of the inputs: n processes, each with its own, do all of them exactly once, without a word between them.</summary>
/// <remarks>
/// File k of the list (from 0) belongs to shard k mod n + 1: shares differ by one file at most. The share is of the whole list, finished files
/// included, so that it is the same when a task is started again.
/// </remarks>
/// <param name="Index">From 1.</param>
/// <param name="Count">How many there are.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>The only share: everything.</summary>
    public static readonly Shard Whole = new(1, 1);

    /// <summary>Reads <c>i/n</c>.</summary>
    /// <param name="text">Such as <c>3/8</c>.</param>
    /// <exception cref="UsageException">Not two numbers, or not 1 ≤ i ≤ n.</exception>
    public static Shard Parse(string text)
    {
        string[] parts = text.Split('/');
        bool isShard = parts.Length == 2
            & int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            & int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int count);
        return isShard && index >= 1 && index <= count
            ? new Shard(index, count)
            : throw new UsageException("--shard", $"is '{text}', expected i/n with i from 1 to n, such as 3/8");
    }

    /// <summary>This share of a list, in its order.</summary>
    /// <param name="all">The same list in every process.</param>
    public IReadOnlyList<T> Of<T>(IReadOnlyList<T> all)
    {
        (int index, int count) = (Index, Count);
        return [.. all.Where((_, k) => k % count == index - 1)];
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
