using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Sweep;

/// <summary>A sweep's results as files for people and programs, and as a table on the terminal.</summary>
public static class ResultFiles
{
    private const int MostRows = 30;

    /// <summary>Writes <c>results.csv</c> (a row per member), <c>combinations.csv</c> (over seeds, best first) and <c>results.json</c> (both).</summary>
    /// <param name="folder">The sweep's folder.</param>
    /// <param name="results">What it has found.</param>
    public static void Write(string folder, SweepResults results)
    {
        string[] keys = Keys(results);
        AtomicFile.WriteText(Path.Combine(folder, "results.csv"), Csv(MemberRows(results, keys)));
        AtomicFile.WriteText(Path.Combine(folder, "combinations.csv"), Csv(CombinationRows(results, keys)));
        AtomicFile.WriteText(Path.Combine(folder, "results.json"), JsonLine.Text(Summary(results)));
    }

    /// <summary>The results as one object, for <c>results.json</c> and <c>--json</c>.</summary>
    /// <param name="results">What the sweep has found.</param>
    public static object Summary(SweepResults results) => new
    {
        Members = results.Members.Select(member => new
        {
            member.Line.Id,
            member.Line.Overrides,
            member.Line.Seed,
            member.Line.Folder,
            State = Name(member.State),
            member.Error,
            Scores = member.Scores?.Values,
        }),
        Combinations = results.Ranking.Select(row => new
        {
            row.Overrides,
            State = Name(row.State),
            row.Seeds,
            Scores = CombinationRow.Scores.ToDictionary(name => name, row.Over),
            BestCheckpoint = row.Best is MemberRow best ? SweepResults.Text(best, "checkpoint") : null,
        }),
    };

    /// <summary>The ranked table.</summary>
    /// <param name="results">What the sweep has found.</param>
    public static ResultTable Table(SweepResults results)
    {
        string[] keys = Keys(results);
        var table = new ResultTable(["rank", .. keys, "state", "seeds", "valid. loss", "±", "bits/spike", "±", "R2 (not used)", "parameters", "seconds"]);
        foreach ((int i, CombinationRow row) in results.Ranking.Take(MostRows).Index())
        {
            (OverSeeds loss, OverSeeds bits) = (row.Over("validation_loss"), row.Over("bits_per_spike"));
            table.Add([
                (i + 1).ToString(CultureInfo.InvariantCulture), .. keys.Select(key => row.Overrides[key]), Name(row.State), row.Seeds.ToString(CultureInfo.InvariantCulture),
                Cell(loss.Mean, 5), Cell(loss.Spread, 5), Cell(bits.Mean, 4), Cell(bits.Spread, 4), Cell(row.Over("r2_uniform").Mean, 4),
                Cell(row.Over("parameters").Mean, 0), Cell(row.Over("seconds").Mean, 1)]);
        }

        if (results.Ranking.Count > MostRows)
        {
            table.Note($"the best {MostRows} of {results.Ranking.Count}; all are in combinations.csv");
        }

        table.Note("ranked by the mean over seeds of the masked validation loss (nats per hidden entry), never by true rates; ± standard deviation over seeds");
        if (results.Ranking[0].Best is MemberRow best)
        {
            table.Note($"best: {SweepResults.Text(best, "checkpoint")}");
        }

        return table;
    }

    private static IEnumerable<IEnumerable<string>> MemberRows(SweepResults results, string[] keys)
    {
        IReadOnlyList<string> scores = results.ScoreNames;
        return results.Members
            .Select(member => (IEnumerable<string>)[
                member.Line.Id, .. keys.Select(key => member.Line.Overrides[key]), member.Line.Seed.ToString(CultureInfo.InvariantCulture),
                Name(member.State), member.Error ?? "", .. scores.Select(score => SweepResults.Text(member, score))])
            .Prepend(["id", .. keys, "seed", "state", "error", .. scores]);
    }

    private static IEnumerable<IEnumerable<string>> CombinationRows(SweepResults results, string[] keys) => results.Ranking
        .Select((row, i) => (IEnumerable<string>)[
            (i + 1).ToString(CultureInfo.InvariantCulture), .. keys.Select(key => row.Overrides[key]), Name(row.State), row.Seeds.ToString(CultureInfo.InvariantCulture),
            .. CombinationRow.Scores.SelectMany(name => (string[])[Number(row.Over(name).Mean), Number(row.Over(name).Spread)]),
            row.Best is MemberRow best ? SweepResults.Text(best, "checkpoint") : ""])
        .Prepend(["rank", .. keys, "state", "seeds", .. CombinationRow.Scores.SelectMany(name => (string[])[name + "_mean", name + "_sd"]), "best_checkpoint"]);

    private static string[] Keys(SweepResults results) => [.. results.Members[0].Line.Overrides.Keys];

    private static string Name(MemberState state) => state.ToString().ToLowerInvariant();

    private static string Cell(double? value, int decimals) => ResultTable.Cell(value ?? double.NaN, decimals);

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Comma-separated values as RFC 4180 has them.</summary>
    private static string Csv(IEnumerable<IEnumerable<string>> rows) => string.Concat(rows.Select(row => string.Join(',', row.Select(Quoted)) + "\n"));

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(',', '"', '\n') ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
