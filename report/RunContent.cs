namespace UnetSpikes.Report;

/// <summary>What the page knows of one run. Names become snake_case keys that Page/*.js read.</summary>
public sealed record RunContent
{
    /// <summary>The folder's name.</summary>
    public required string Name { get; init; }

    /// <summary>Facts for the table at the top: what, value.</summary>
    public required IReadOnlyList<string[]> Facts { get; init; }

    /// <summary>Key → value of the configuration.</summary>
    public required IReadOnlyDictionary<string, string> Config { get; init; }

    /// <summary>Scores with the baseline's beside them.</summary>
    public required IReadOnlyList<Score> Scores { get; init; }

    /// <summary>Width of the best Gaussian, in bins.</summary>
    public required double SmoothingSigmaBins { get; init; }

    /// <summary>Width of a bin in milliseconds; null where nobody said.</summary>
    public required double? BinMs { get; init; }

    /// <summary>The curves.</summary>
    public required IReadOnlyList<Models.Runs.HistoryPoint> History { get; init; }

    /// <summary>The update the kept weights are of.</summary>
    public required long KeptStep { get; init; }

    /// <summary>Each unit, all of them.</summary>
    public required IReadOnlyList<UnitScore> Units { get; init; }

    /// <summary>The trials the page carries.</summary>
    public required TrialContent Trials { get; init; }

    /// <summary>Latents or principal components of those trials.</summary>
    public required LatentContent Latents { get; init; }

    /// <summary>A training batch; null where the run kept none.</summary>
    public required BatchContent? Batch { get; init; }

    /// <summary>The network's levels.</summary>
    public required LevelContent Levels { get; init; }
}

/// <summary>A number with its definition.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Network">The network's; NaN where it is not known.</param>
/// <param name="Smoothing">The best Gaussian's; NaN where there is none.</param>
/// <param name="Definition">What it is, to stand beside it.</param>
public sealed record Score(string Name, double Network, double Smoothing, string Definition);

/// <summary>One unit over all validation trials.</summary>
/// <param name="Id">Its name in the data set.</param>
/// <param name="MeanRate">Spikes per second, or per bin where the bin's width is not known.</param>
/// <param name="R2">Of the network's rates; NaN where true rates are not known or do not vary.</param>
/// <param name="R2Smoothing">Of the smoothed counts.</param>
public sealed record UnitScore(string Id, double MeanRate, double R2, double R2Smoothing);

/// <summary>Trials the page carries: arrays are [trial, bin, unit], rates in expected spikes per bin.</summary>
/// <param name="Limits">What is shown of how much.</param>
/// <param name="Ids">Each trial's number as the file has it.</param>
/// <param name="Positions">Positions among the validation trials.</param>
/// <param name="UnitPositions">Positions among all units.</param>
/// <param name="FirstUnits">Drawn at first: positions within <paramref name="UnitPositions"/>.</param>
/// <param name="Counts">Spikes per bin.</param>
/// <param name="Rates">The network's.</param>
/// <param name="Smoothed">The best Gaussian's.</param>
/// <param name="Truth">The true ones; null where unknown.</param>
public sealed record TrialContent(
    string Limits,
    IReadOnlyList<int> Ids,
    IReadOnlyList<int> Positions,
    IReadOnlyList<int> UnitPositions,
    IReadOnlyList<int> FirstUnits,
    PackedArray Counts,
    PackedArray Rates,
    PackedArray Smoothed,
    PackedArray? Truth);

/// <summary>Trajectories of the trials the page carries; arrays are [trial, bin, dimension].</summary>
/// <param name="Kind">"ridge" or "pca".</param>
/// <param name="Method">What was done.</param>
/// <param name="Axes">Names of the dimensions.</param>
/// <param name="R2">R² of each true latent on all validation trials; null without them.</param>
/// <param name="Inferred">From the network.</param>
/// <param name="Truth">Null where unknown.</param>
public sealed record LatentContent(
    string Kind, string Method, IReadOnlyList<string> Axes, IReadOnlyList<double>? R2, PackedArray Inferred, PackedArray? Truth);

/// <summary>Trials of a training batch; arrays are [trial, bin, unit].</summary>
/// <param name="Step">The update it was for.</param>
/// <param name="Hidden">Fraction of the shown entries that were hidden.</param>
/// <param name="Counts">Spikes per bin.</param>
/// <param name="Mask">1 = hidden.</param>
/// <param name="Input">What the network saw.</param>
public sealed record BatchContent(long Step, double Hidden, PackedArray Counts, PackedArray Mask, PackedArray Input);

/// <summary>The inside of the network.</summary>
/// <param name="Ablations">The whole network first, then without each level.</param>
/// <param name="LogRates">Of the first trial shown, [row of <paramref name="Ablations"/>, bin, unit].</param>
/// <param name="TruthRoughness">Of the true log-rates; NaN where unknown.</param>
/// <param name="SmoothingRoughness">Of the log of smoothed counts.</param>
/// <param name="Activations">Of a few trials shown.</param>
public sealed record LevelContent(
    IReadOnlyList<LevelAblation> Ablations, PackedArray LogRates, double TruthRoughness, double SmoothingRoughness, IReadOnlyList<LevelActivation> Activations);

/// <summary>What one level hands to the way up.</summary>
/// <param name="Name">The level.</param>
/// <param name="Channels">Channels it has, of which the page may carry fewer.</param>
/// <param name="Stride">Bins of the data per bin of the level.</param>
/// <param name="PaddedBefore">Bins of zeros the network put before the trial.</param>
/// <param name="Values">[trial, bin of the level, channel].</param>
public sealed record LevelActivation(string Name, int Channels, int Stride, int PaddedBefore, PackedArray Values);
