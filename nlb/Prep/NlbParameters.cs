using UnetSpikes.Core;

namespace UnetSpikes.Nlb.Prep;

/// <summary>A window of time around a moment of each trial.</summary>
/// <param name="AlignField">The trial table's column of moments; null = the whole trial from <see cref="StartField"/> to <see cref="EndField"/>.</param>
/// <param name="FromMs">From so many milliseconds after the moment, included; null = from the trial's start.</param>
/// <param name="ToMs">To so many milliseconds after the moment, not included; null = to the trial's end.</param>
public sealed record WindowRule(string? AlignField, double? FromMs, double? ToMs)
{
    /// <summary>The column where trials start.</summary>
    public string StartField { get; init; } = "start_time";

    /// <summary>The column where trials end.</summary>
    public string EndField { get; init; } = "end_time";

    /// <summary>Whether windows may reach into the next trial; they are cut before it otherwise.</summary>
    public bool AllowOverlap { get; init; }

    /// <summary>Whether moments at which something was not recorded stay; they are dropped otherwise.</summary>
    public bool AllowGaps { get; init; }

    /// <summary>The same window so much later.</summary>
    /// <param name="lagMs">May be negative.</param>
    public WindowRule Later(double lagMs) => this with { FromMs = (FromMs ?? 0) + lagMs, ToMs = (ToMs ?? 0) + lagMs };
}

/// <summary>How condition averages are made.</summary>
/// <param name="ConditionFields">Columns whose distinct combinations are the conditions.</param>
/// <param name="Window">Around what.</param>
/// <param name="KernelSdMs">Standard deviation of the Gaussian that smooths spikes.</param>
public sealed record PsthRule(IReadOnlyList<string> ConditionFields, WindowRule Window, double KernelSdMs)
{
    /// <summary>The averages' length in milliseconds; null = the longest's.</summary>
    public double? LengthMs { get; init; }

    /// <summary>Whether shorter averages, and shorter trials, are lined up at their ends.</summary>
    public bool AlignEnds { get; init; }

    /// <summary>A column that marks trials to leave out; null = none are.</summary>
    public string? SkipField { get; init; }
}

/// <summary>What the benchmark fixes for one of its data sets: windows, behaviour, conditions. Sizes come from the files.</summary>
/// <remarks>Source: nlb_tools 1ddc15f, make_tensors.py, PARAMS.</remarks>
public sealed record NlbParameters
{
    /// <summary>Length of the window after a trial in which spikes are predicted.</summary>
    public const double ForwardMs = 200;

    /// <summary>The data set's name.</summary>
    public required string Name { get; init; }

    /// <summary>What its files' names must contain, where a folder may hold several data sets'; "" = nothing.</summary>
    public string FileMark { get; init; } = "";

    /// <summary>Windows of training trials.</summary>
    public required WindowRule Train { get; init; }

    /// <summary>Windows of the trials scores are computed on.</summary>
    public required WindowRule Evaluation { get; init; }

    /// <summary>The series that is decoded; null where <see cref="BehaviorColumns"/> are.</summary>
    public string? BehaviorSeries { get; init; }

    /// <summary>How long behaviour follows spikes, in milliseconds.</summary>
    public double LagMs { get; init; }

    /// <summary>Columns of the trial table that are decoded; empty where a series is.</summary>
    public IReadOnlyList<string> BehaviorColumns { get; init; } = [];

    /// <summary>A column; behaviour of rows where it is not 0 becomes NaN. Null = of none.</summary>
    public string? OutlierField { get; init; }

    /// <summary>A column of 0 and 1 that parts trials among two decoders; null = one decoder.</summary>
    public string? DecoderField { get; init; }

    /// <summary>A column of intervals in milliseconds; trials of shorter ones are shifted by up to <see cref="MostJitterMs"/>. Null = none are.</summary>
    public string? JitterField { get; init; }

    /// <summary>Length that evaluation windows are padded to at the front; null = they all are of one length.</summary>
    public double? PaddedMs { get; init; }

    /// <summary>Largest shift of a trial.</summary>
    public double MostJitterMs { get; init; }

    /// <summary>Condition averages; null = the data set has none.</summary>
    public PsthRule? Psth { get; init; }

    /// <summary>The data sets by name.</summary>
    public static IReadOnlyDictionary<string, NlbParameters> All { get; } = new[]
    {
        Maze("mc_maze", "ses-full", 100, 70),
        Maze("mc_maze_large", "ses-large", 120, 50),
        Maze("mc_maze_medium", "ses-medium", 120, 50),
        Maze("mc_maze_small", "ses-small", 120, 50),
        Rtt(),
        Bump(),
        Rsg(),
    }.ToDictionary(parameters => parameters.Name);

    /// <summary>One data set's.</summary>
    /// <param name="name">Such as <c>mc_maze</c>.</param>
    /// <exception cref="UsageException">There is none of that name.</exception>
    public static NlbParameters Of(string name) => All.TryGetValue(name, out NlbParameters? found)
        ? found
        : throw new UsageException("--dataset", $"is {name}, expected one of {string.Join(", ", All.Keys)}");

    private static NlbParameters Maze(string name, string mark, double lagMs, double kernelSdMs)
    {
        var window = new WindowRule("move_onset_time", -250, 450);
        return new NlbParameters
        {
            Name = name,
            FileMark = mark,
            Train = window,
            Evaluation = window,
            BehaviorSeries = "hand_vel",
            LagMs = lagMs,
            Psth = new PsthRule(["trial_type", "trial_version"], window, kernelSdMs),
        };
    }

    private static NlbParameters Rtt()
    {
        WindowRule window = new("start_time", 0, 600) { AllowOverlap = true };
        return new NlbParameters { Name = "mc_rtt", Train = window, Evaluation = window, BehaviorSeries = "finger_vel", LagMs = 140 };
    }

    private static NlbParameters Bump()
    {
        var window = new WindowRule("move_onset_time", -100, 500);
        return new NlbParameters
        {
            Name = "area2_bump",
            Train = window,
            Evaluation = window with { AllowOverlap = true },
            BehaviorSeries = "hand_vel",
            LagMs = -20,
            DecoderField = "ctr_hold_bump",
            Psth = new PsthRule(["cond_dir", "ctr_hold_bump"], window, 40),
        };
    }

    private static NlbParameters Rsg()
    {
        var setToGo = new WindowRule("go_time", null, null) { StartField = "set_time", EndField = "go_time" };
        return new NlbParameters
        {
            Name = "dmfc_rsg",
            Train = new WindowRule("go_time", -1500, 0) { AllowOverlap = true },
            Evaluation = setToGo,
            PaddedMs = 1500,
            BehaviorColumns = ["is_eye", "theta", "is_short", "ts", "tp"],
            OutlierField = "is_outlier",
            JitterField = "tp",
            MostJitterMs = 300,
            Psth = new PsthRule(["is_eye", "theta", "is_short", "ts"], setToGo, 70) { LengthMs = 1500, AlignEnds = true, SkipField = "is_outlier" },
        };
    }
}
