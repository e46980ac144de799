using UnetSpikes.Data;

namespace UnetSpikes.Nlb.Scores;

/// <summary>One of the benchmark's data sets at one bin width: a group of a target or submission file.</summary>
/// <param name="Name">Its key, such as <c>mc_maze_large</c>.</param>
/// <param name="BinWidthMs">5 or 20.</param>
public sealed record NlbDataset(string Name, int BinWidthMs)
{
    private const string Scaling = "mc_maze_scaling";

    /// <summary>Every data set in the order in which nlb_tools scores them.</summary>
    public static IReadOnlyList<NlbDataset> All { get; } =
    [
        .. from name in new[] { "mc_maze", "mc_rtt", "area2_bump", "dmfc_rsg", "mc_maze_large", "mc_maze_medium", "mc_maze_small" }
           from width in new[] { 5, 20 }
           select new NlbDataset(name, width),
    ];

    /// <summary>Its group: the name at 5 ms, the name and the width otherwise (<c>mc_maze_20</c>).</summary>
    public string Group => NlbFile.GroupName(Name, BinWidthMs);

    /// <summary>Where its scores stand in the list of results: <c>mc_maze_20_split</c>; the three scaling sets share one place.</summary>
    public string Split => NlbFile.GroupName(ScalingPrefix is null ? Name : Scaling, BinWidthMs) + "_split";

    /// <summary>What goes before a score's name where the scaling sets share a place, by their number of trials: "[500] "; null for the others.</summary>
    public string? ScalingPrefix => Name switch
    {
        "mc_maze_large" => "[500] ",
        "mc_maze_medium" => "[250] ",
        "mc_maze_small" => "[100] ",
        _ => null,
    };

    /// <summary>Whether the decoding score is tp corr; vel R² otherwise.</summary>
    public bool IsTimed => Name == "dmfc_rsg";
}
