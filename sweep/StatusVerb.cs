using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;
using static UnetSpikes.Sweep.SweepOptions;

namespace UnetSpikes.Sweep;

/// <summary><c>sweep status</c>: how each member stands, from files and the queue.</summary>
internal static class StatusVerb
{
    private const int MostRows = 50;

    public static Command Create() => new Command("status", "Say how each member stands: waiting, running, done, failed or lost.") { Out, Json, Quiet, Verbose }
        .WithAction((parsed, console, _) =>
        {
            var folder = SweepFolder.Open(parsed.GetValue(Out)!);
            IReadOnlyList<MemberStatus> members = MemberStatus.Of(folder);
            Table(folder.FolderPath, members).Write(console.Out);
            if (parsed.GetValue(Json))
            {
                JsonLine.Write(console.Out, Summary(members));
            }

            return ExitCode.Success;
        });

    private static ResultTable Table(string path, IReadOnlyList<MemberStatus> members)
    {
        var table = new ResultTable("member", "state", "by", "since (UTC)", "queue", "note");
        // What is going on, and what went wrong: those done and those that wait are many and say nothing more.
        MemberStatus[] shown = [.. members.Where(member => member.State is Standing.Running or Standing.Failed or Standing.Lost)];
        foreach (MemberStatus member in shown.Take(MostRows))
        {
            string since = member.Since?.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";
            table.Add(member.Id, Name(member.State), member.By ?? "", since, member.Queue ?? "", member.Note ?? "");
        }

        if (shown.Length > MostRows)
        {
            table.Note($"{MostRows} of {shown.Length} are shown; --json has all");
        }

        table.Note(string.Join(", ", Counts(members).Select(count => $"{count.Value} {count.Key}")));
        int idle = members.Count(member => member.State is Standing.Waiting or Standing.Lost && member.Queue is null);
        if (idle > 0)
        {
            table.Note($"{idle} are in no queue: 'sweep slurm --out {path}' submits them, 'sweep run --local --out {path}' trains them here");
        }

        return table;
    }

    private static object Summary(IReadOnlyList<MemberStatus> members) => new
    {
        Counts = Counts(members),
        Members = members.Select(member => new { member.Id, State = Name(member.State), member.By, member.Since, member.Queue, member.Note }),
    };

    private static Dictionary<string, int> Counts(IReadOnlyList<MemberStatus> members) =>
        Enum.GetValues<Standing>().ToDictionary(Name, state => members.Count(member => member.State == state));

    private static string Name(Standing state) => state.ToString().ToLowerInvariant();
}
