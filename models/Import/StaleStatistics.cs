namespace UnetSpikes.Models.Import;

/// <summary>Averages whose running statistics are not their own.</summary>
/// <remarks>
/// <c>torch.optim.swa_utils.AveragedModel</c> averages parameters alone unless told otherwise. Of buffers it keeps those it was made with, or since PyTorch 2 the newest ones, until <c>update_bn</c> is run on it.
/// Nothing tells that from the file for sure, but the two usual cases can be seen.
/// </remarks>
internal static class StaleStatistics
{
    private const string Mean = ".running_mean", Variance = ".running_var";

    /// <summary>What is to be said of them; null where nothing is.</summary>
    /// <param name="state">The weights to be taken.</param>
    public static string? Of(StateDict state)
    {
        KeyValuePair<string, NamedArray>[] statistics = [.. state.Arrays.Where(pair => pair.Key.EndsWith(Mean, StringComparison.Ordinal) || pair.Key.EndsWith(Variance, StringComparison.Ordinal))];
        if (state.Weights == WeightsKind.Raw || statistics.Length == 0)
        {
            return null;
        }

        bool areUntouched = statistics.All(pair => Array.TrueForAll(pair.Value.Values, value => value == (pair.Key.EndsWith(Mean, StringComparison.Ordinal) ? 0 : 1)));
        bool areTheNewest = state.Beside.FirstOrDefault(one => one.Weights == WeightsKind.Raw) is { } raw
            && statistics.All(pair => raw.Arrays.TryGetValue(pair.Key, out NamedArray? other) && other.Values.AsSpan().SequenceEqual(pair.Value.Values));
        return areUntouched ? "its running statistics are those of a network without a step of training (torch.optim.swa_utils.update_bn makes its own)"
            : areTheNewest ? "its running statistics are those of the raw weights (torch.optim.swa_utils.update_bn makes its own)"
            : null;
    }
}
