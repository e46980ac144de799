using System.Text.RegularExpressions;

namespace UnetSpikes.Models.Import;

/// <summary>Which weights of a training some arrays are.</summary>
public enum WeightsKind
{
    /// <summary>Those of the newest step.</summary>
    Raw,

    /// <summary>Their exponential moving average.</summary>
    Ema,

    /// <summary>Their plain mean: stochastic weight averaging.</summary>
    Swa,

    /// <summary>An average, of which the file does not say what kind it is.</summary>
    Average,
}

/// <summary>By what names programs keep an average of the weights beside the weights.</summary>
/// <remarks>
/// As a state_dict: timm's <c>state_dict_ema</c>, training loops' <c>ema_state_dict</c>, <c>model_ema</c>, <c>swa_state_dict</c>, <c>averaged_model</c>; Lightning's
/// StochasticWeightAveraging has its <c>average_model_state</c> among the callbacks. Within one: a module's <c>ema_model.module.…</c> beside its <c>net.…</c>. A word of the name tells.
/// </remarks>
internal static partial class WeightsNames
{
    /// <summary>Where Lightning's WeightAveraging puts the newest weights: it saves the average as <c>state_dict</c>.</summary>
    public const string Newest = "current_model_state";

    /// <summary>What it puts beside them: <see cref="Unwrapping.AveragedCount"/>.</summary>
    public const string Averaging = "averaging_state";

    private static readonly Dictionary<string, WeightsKind> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ema"] = WeightsKind.Ema,
        ["swa"] = WeightsKind.Swa,
        ["StochasticWeightAveraging"] = WeightsKind.Swa,
        ["average"] = WeightsKind.Average,
        ["averaged"] = WeightsKind.Average,
        ["avg"] = WeightsKind.Average,
    };

    /// <summary>What average a name says it is of; null where it says nothing of one.</summary>
    /// <param name="name">Of a state_dict, or what stands before the names in one.</param>
    public static WeightsKind? Average(string name)
    {
        WeightsKind[] said = [.. NotLetters().Split(name).Where(Words.ContainsKey).Select(word => Words[word])];
        return said.Length == 0 ? null : said.Min(); // The word that also says the kind.
    }

    [GeneratedRegex("[^A-Za-z]+")]
    private static partial Regex NotLetters();
}
