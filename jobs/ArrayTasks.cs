using System.Globalization;
using System.Text;

namespace UnetSpikes.Jobs;

/// <summary>The tasks of an array over numbered pieces of work: task t of n does the pieces t, t + n, t + 2n, …</summary>
/// <param name="Of">n, so many that no number is above what the cluster allows; the pieces each task passes on its way.</param>
/// <param name="Numbers">The tasks that have something left to do, ascending, from 1.</param>
/// <remarks>The pieces of a task follow from its number alone: a task that is requeued, or submitted again, finds the same ones.</remarks>
public sealed record ArrayTasks(int Of, IReadOnlyList<int> Numbers)
{
    /// <summary>Divides work into tasks.</summary>
    /// <param name="pieces">All pieces, done ones included.</param>
    /// <param name="left">Those to do, from 1.</param>
    /// <param name="most">Tasks at most, at least 1.</param>
    public static ArrayTasks Divide(int pieces, IEnumerable<int> left, int most)
    {
        int of = Math.Min(pieces, most);
        return new ArrayTasks(of, [.. left.Select(piece => ((piece - 1) % of) + 1).Distinct().Order()]);
    }

    /// <summary>The pieces of one task.</summary>
    /// <param name="task">Its number, from 1.</param>
    /// <param name="of">How many tasks there are.</param>
    /// <param name="pieces">How many pieces.</param>
    public static IEnumerable<int> PiecesOf(int task, int of, int pieces)
    {
        for (int piece = task; piece <= pieces; piece += of)
        {
            yield return piece;
        }
    }

    /// <summary>The numbers as <c>--array</c> takes them: <c>1-5,7,9-12</c>.</summary>
    public string Ranges()
    {
        var text = new StringBuilder();
        for (int i = 0; i < Numbers.Count;)
        {
            int last = i;
            while (last + 1 < Numbers.Count && Numbers[last + 1] == Numbers[last] + 1)
            {
                last++;
            }

            text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{Numbers[i]}");
            if (last > i)
            {
                text.Append(CultureInfo.InvariantCulture, $"-{Numbers[last]}");
            }

            i = last + 1;
        }

        return text.ToString();
    }
}
