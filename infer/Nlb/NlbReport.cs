using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Nlb;

/// <summary>What a submission holds, and what of its scores can be told here. As JSON in snake case.</summary>
public sealed record NlbReport
{
    /// <summary>The file.</summary>
    public required string Out { get; init; }

    /// <summary>The data set's group in it.</summary>
    public required string Group { get; init; }

    /// <summary>What made the rates.</summary>
    public required string MadeBy { get; init; }

    /// <summary>Its keys with their shapes.</summary>
    public required IReadOnlyDictionary<string, string> Tensors { get; init; }

    /// <summary>See <see cref="PoissonLikelihood.CoBpsDefinition"/>; null where the input has no targets.</summary>
    public double? CoBps { get; init; }

    /// <summary>See <see cref="PoissonLikelihood.FpBpsDefinition"/>; null where the input has no targets.</summary>
    public double? FpBps { get; init; }

    /// <summary>Prints it.</summary>
    /// <param name="output">Where results go.</param>
    public void Write(TextWriter output)
    {
        var table = new ResultTable($"{Group} of {Out}", "");
        table.Add("rates by", MadeBy);
        foreach ((string key, string shape) in Tensors)
        {
            table.Add(key, shape);
        }

        Score("co-bps", CoBps, PoissonLikelihood.CoBpsDefinition);
        Score("fp-bps", FpBps, PoissonLikelihood.FpBpsDefinition);
        table.Write(output);

        void Score(string name, double? value, string definition)
        {
            if (value is double known)
            {
                table.Add(name, ResultTable.Cell(known));
                table.Note($"{name}: {definition}");
            }
        }
    }
}
