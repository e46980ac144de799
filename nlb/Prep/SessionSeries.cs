using UnetSpikes.Core;
using UnetSpikes.Recordings;

namespace UnetSpikes.Nlb.Prep;

/// <summary>One series of a session, sampled every millisecond on the session's clock; NaN between files and where samples are missing.</summary>
public sealed class SessionSeries
{
    private const int SlabSamples = 1 << 16;

    /// <summary>Columns that are in memory at every millisecond at a time: a file is read once for so many of them.</summary>
    private const int ColumnsAtOnce = 8;

    private readonly IReadOnlyList<(TimeSeries Series, int[] Places)> _parts;
    private readonly long _lengthMs;

    private SessionSeries(string name, IReadOnlyList<string> columns, IReadOnlyList<(TimeSeries Series, int[] Places)> parts, long lengthMs)
    {
        (Name, Columns, _parts, _lengthMs) = (name, columns, parts, lengthMs);
    }

    /// <summary>The series' name.</summary>
    public string Name { get; }

    /// <summary>A name for each column.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The series of a session whose samples lie on the clock of milliseconds; others are left out with a warning, as nlb_tools does.</summary>
    /// <param name="session">The session.</param>
    /// <param name="warnings">Receives a line for each that is left out.</param>
    /// <exception cref="DataFormatException">Files have different columns under one name.</exception>
    public static IReadOnlyList<SessionSeries> AllOf(Session session, ICollection<string> warnings)
    {
        var found = new List<(string Name, TimeSeries Series, int[] Places)>();
        foreach (SessionPart part in session.Parts)
        {
            foreach (TimeSeries series in part.Recording.Series)
            {
                if (PlacesOf(series, part) is { } places)
                {
                    found.Add((series.Name, series, places));
                }
                else
                {
                    warnings.Add($"{series.Path}: {series.Place} has samples off the grid of 1 ms or after the recording's end; it is left out");
                }
            }
        }

        return [.. found.GroupBy(one => one.Name).Select(same => Join(same.Key, [.. same.Select(one => (one.Series, one.Places))], session.LengthMs))];
    }

    /// <summary>Whether all columns are known, at every <paramref name="step"/>-th millisecond.</summary>
    /// <param name="step">In milliseconds.</param>
    public bool[] KnownEvery(int step)
    {
        var known = new bool[(_lengthMs + step - 1) / step];
        ForEachSample((place, values) =>
        {
            if (place % step == 0)
            {
                known[place / step] = !HasNaN(values);
            }
        });
        return known;
    }

    /// <summary>Every column at every <paramref name="step"/>-th millisecond, filtered so that what is too fast for that does not fold back.</summary>
    /// <param name="step">In milliseconds; 1 = as sampled.</param>
    /// <returns>[column][bin]; NaN where the sample at that millisecond is missing.</returns>
    public double[][] Every(int step) => [.. Enumerable.Range(0, Columns.Count).Chunk(ColumnsAtOnce).SelectMany(columns =>
    {
        bool isFiltered = Name != "target_pos"; // nlb_tools takes these positions, which jump, as they are
        return Samples(columns).Select(samples => Decimation.Every(samples, step, isFiltered));
    })];

    /// <summary>Some columns at every millisecond, in one pass through the files.</summary>
    private double[][] Samples(int[] columns)
    {
        double[][] samples = [.. columns.Select(_ => new double[_lengthMs])];
        foreach (double[] column in samples)
        {
            Array.Fill(column, double.NaN);
        }

        ForEachSample((place, values) =>
        {
            for (int i = 0; i < columns.Length; i++)
            {
                samples[i][place] = values[columns[i]];
            }
        });
        return samples;
    }

    private static SessionSeries Join(string name, (TimeSeries Series, int[] Places)[] parts, long lengthMs)
    {
        TimeSeries first = parts[0].Series;
        foreach ((TimeSeries series, _) in parts)
        {
            if (series.Columns.Count != first.Columns.Count)
            {
                throw new DataFormatException(series.Path, series.Place, $"has {series.Columns.Count} columns, expected the {first.Columns.Count} of {first.Path}");
            }
        }

        return new SessionSeries(name, first.Columns, parts, lengthMs);
    }

    /// <summary>Where each sample lies, in milliseconds on the session's clock; null where one lies between two or outside the file's length.</summary>
    private static int[]? PlacesOf(TimeSeries series, SessionPart part)
    {
        double[] times = series.Times();
        var places = new int[times.Length];
        for (int i = 0; i < times.Length; i++)
        {
            double place = Math.Round(1000 * times[i]);
            // Six decimals of a second: what nlb_tools compares.
            if (!(place >= 0 && place < part.LengthMs) || Math.Round(times[i], 6) != Math.Round(place / 1000, 6))
            {
                return null;
            }

            places[i] = (int)(place + part.ShiftMs);
        }

        return places;
    }

    private static bool HasNaN(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (double.IsNaN(value))
            {
                return true;
            }
        }

        return false;
    }

    private void ForEachSample(SampleVisitor visit)
    {
        int width = Columns.Count;
        var slab = new double[SlabSamples * width];
        foreach ((TimeSeries series, int[] places) in _parts)
        {
            for (int first = 0; first < places.Length; first += SlabSamples)
            {
                int count = Math.Min(SlabSamples, places.Length - first);
                series.Read(first, count, slab.AsSpan(0, count * width));
                for (int i = 0; i < count; i++)
                {
                    visit(places[first + i], slab.AsSpan(i * width, width));
                }
            }
        }
    }

    private delegate void SampleVisitor(int place, ReadOnlySpan<double> values);
}
