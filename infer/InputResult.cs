namespace UnetSpikes.Infer;

/// <summary>What came of one input file.</summary>
/// <param name="Input">The file.</param>
/// <param name="Out">Its rates.</param>
/// <param name="Arrays">Its arrays.</param>
/// <param name="UnitsReordered">Whether the file has the model's units in another order.</param>
/// <param name="UnitsMissing">Units of the model that the file lacks.</param>
/// <param name="UnitsDropped">Units of the file that the model does not know.</param>
/// <param name="Seconds">From opening it to giving its rates their name; neighbouring files overlap.</param>
/// <param name="TimesRealTime">Recorded time over that.</param>
public sealed record InputResult(
    string Input,
    string Out,
    IReadOnlyList<ArrayResult> Arrays,
    bool UnitsReordered,
    IReadOnlyList<string> UnitsMissing,
    IReadOnlyList<string> UnitsDropped,
    double Seconds,
    double TimesRealTime);

/// <summary>An input that could not be done; the others were.</summary>
/// <param name="Input">The file.</param>
/// <param name="ExitCode">Of the family of what went wrong.</param>
/// <param name="Problem">One line.</param>
public sealed record InputFailure(string Input, int ExitCode, string Problem);
