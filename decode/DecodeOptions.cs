using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Decode;

/// <summary>How decoders are fitted.</summary>
public sealed record DecodeOptions
{
    /// <summary>Penalties tried when none are given: from none to speak of to one that outweighs 10⁴ bins of unit variance.</summary>
    public static readonly IReadOnlyList<double> DefaultAlphas = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1e3, 1e4];

    /// <summary>Width of the Gaussian that smooths counts, in bins; null = the one that decodes training trials best (cross-validated).</summary>
    public double? SmoothSigmaBins { get; init; }

    /// <summary>Penalties on the squared weights to choose from, each at least 0; features are not scaled.</summary>
    public IReadOnlyList<double> Alphas { get; init; } = DefaultAlphas;

    /// <summary>Contiguous blocks of training trials for choosing the penalty, at least 2.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>For behaviour: bins before a bin whose rates help to decode it, at least 1; null = no such decoder.</summary>
    public int? HistoryBins { get; init; }

    /// <summary>For behaviour: the bins of rates a Wiener filter sees, relative to the bin it decodes; null = no such decoder.</summary>
    public LagRange? Lags { get; init; }

    /// <summary>Every problem with these options; empty when there is none.</summary>
    public IReadOnlyList<UsageException> Validate()
    {
        var problems = new List<UsageException>();
        if (SmoothSigmaBins is { } sigma && !(sigma >= 0 && double.IsFinite(sigma)))
        {
            problems.Add(new("--smooth-sigma", string.Create(CultureInfo.InvariantCulture, $"is {sigma}, expected a width in bins of at least 0")));
        }

        if (Alphas.Count == 0 || Alphas.Any(alpha => !(alpha >= 0 && double.IsFinite(alpha))))
        {
            problems.Add(new("--alphas", "expected penalties of at least 0, such as 0.1,1,10"));
        }

        if (Folds < 2)
        {
            problems.Add(new("--folds", string.Create(CultureInfo.InvariantCulture, $"is {Folds}, expected at least 2")));
        }

        if (HistoryBins < 1)
        {
            problems.Add(new("--history", string.Create(CultureInfo.InvariantCulture, $"is {HistoryBins}, expected at least 1 bin")));
        }

        if (Lags is { } lags && lags.First > lags.Last)
        {
            problems.Add(new("--lags", $"is {lags}, expected the earlier bin first, such as -4..2"));
        }

        return problems;
    }
}

/// <summary>Bins of rates relative to the bin of behaviour that is decoded from them: negative = before it.</summary>
/// <param name="First">The earliest.</param>
/// <param name="Last">The latest, included.</param>
public readonly record struct LagRange(int First, int Last)
{
    /// <summary>The bin itself.</summary>
    public static LagRange SameBin { get; }

    /// <summary>Number of bins.</summary>
    public int Count => Last - First + 1;

    /// <summary>"-4..2", as the option is written.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}..{Last}");
}
