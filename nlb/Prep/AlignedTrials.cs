using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.Nlb.Prep;

/// <summary>Equal pieces of any recording, for training: windows around a moment of each trial, or one piece after the other.</summary>
public sealed class AlignedTrials
{
    private readonly Session _session;
    private readonly SessionSpikes _spikes;
    private readonly int _widthMs;
    private readonly List<TrialWindow> _windows = [];

    private AlignedTrials(Session session, int widthMs)
    {
        (_session, _widthMs) = (session, widthMs);
        _spikes = SessionSpikes.Of(session, isHeldOut: null, widthMs);
        if (_spikes.Units == 0)
        {
            throw new DataFormatException(session.Path, "", "holds no units");
        }
    }

    /// <summary>Pieces that were left out: cut short, in part not recorded, or without the moment.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Bins of a piece.</summary>
    public int Bins { get; private set; }

    private int SessionBins => (int)((_session.LengthMs + _widthMs - 1) / _widthMs);

    /// <summary>Windows around a moment of each trial.</summary>
    /// <param name="session">The recording.</param>
    /// <param name="rule">Around what; both ends are given. Windows may overlap.</param>
    /// <param name="widthMs">Width of a bin.</param>
    /// <exception cref="DataFormatException">No trials, no such column, or no window that was recorded whole.</exception>
    public static AlignedTrials Around(Session session, WindowRule rule, int widthMs)
    {
        var trials = new AlignedTrials(session, widthMs);
        trials.Bins = (int)Math.Round((rule.ToMs!.Value - rule.FromMs!.Value) / widthMs);
        IReadOnlyList<TrialWindow> windows = new TrialWindows(session.Trials, widthMs, trials.SessionBins).Of(rule with { AllowOverlap = true }, _ => true);
        return trials.Keep(windows, session.Trials.Count);
    }

    /// <summary>One piece after the other, from the recording's beginning to its end.</summary>
    /// <param name="session">The recording.</param>
    /// <param name="lengthMs">Of a piece.</param>
    /// <param name="widthMs">Width of a bin.</param>
    /// <exception cref="DataFormatException">No piece was recorded whole.</exception>
    public static AlignedTrials Chopped(Session session, double lengthMs, int widthMs)
    {
        var trials = new AlignedTrials(session, widthMs) { Bins = (int)Math.Round(lengthMs / widthMs) };
        TrialWindow[] windows = [.. Enumerable.Range(0, trials.SessionBins / trials.Bins).Select(i => new TrialWindow(i, i * trials.Bins, trials.Bins, i * trials.Bins))];
        return trials.Keep(windows, windows.Length);
    }

    /// <summary>The pieces as a data set: the table's own splits where it has them, otherwise a seeded part for validation.</summary>
    /// <param name="validFraction">Part of the pieces for validation, where the table has no splits.</param>
    /// <param name="seed">Of the choice.</param>
    public (SpikeDataset Data, int[] Train, int[] Valid) Split(double validFraction, ulong seed)
    {
        (int[] train, int[] valid) = TableSplit() ?? RandomSplit(validFraction, seed);
        SpikeSplit trainSplit = SplitOf(train), validSplit = SplitOf(valid);
        return (new SpikeDataset
        {
            Path = _session.Path,
            BinWidthMs = _widthMs,
            UnitIds = _spikes.Ids,
            Train = trainSplit,
            Valid = validSplit,
            Fingerprint = SpikeDataset.FingerprintOf(trainSplit.Counts, validSplit.Counts),
        }, train, valid);
    }

    /// <summary>A series in the same pieces, so much later.</summary>
    /// <param name="name">The series.</param>
    /// <param name="lagMs">How long it follows spikes.</param>
    /// <param name="pieces">Which of them.</param>
    /// <param name="warnings">Receives a line for each series that is off the grid.</param>
    /// <returns>[piece, bin, column], NaN where it was not recorded.</returns>
    /// <exception cref="DataFormatException">There is no such series.</exception>
    public TrialTensor Behavior(string name, double lagMs, IReadOnlyList<int> pieces, ICollection<string> warnings)
    {
        SessionSeries series = SessionSeries.AllOf(_session, warnings).FirstOrDefault(one => one.Name == name)
            ?? throw new DataFormatException(_session.Path, name, $"is no series of this recording, expected one of {string.Join(", ", _session.Parts.SelectMany(part => part.Recording.Series).Select(one => one.Name).Distinct())}");
        double[][] columns = series.Every(_widthMs);
        var lag = (int)Math.Round(lagMs / _widthMs);
        var behavior = new TrialTensor(pieces.Count, Bins, columns.Length);
        for (int piece = 0; piece < pieces.Count; piece++)
        {
            for (int bin = 0; bin < Bins; bin++)
            {
                int at = _windows[pieces[piece]].FirstBin + bin + lag;
                for (int column = 0; column < columns.Length; column++)
                {
                    behavior[piece, bin, column] = at >= 0 && at < columns[column].Length ? (float)columns[column][at] : float.NaN;
                }
            }
        }

        return behavior;
    }

    private AlignedTrials Keep(IReadOnlyList<TrialWindow> windows, int all)
    {
        var counts = new double[Bins * _spikes.Units];
        foreach (TrialWindow window in windows.Where(window => window.Count == Bins))
        {
            _spikes.Read(window.FirstBin, Bins, counts);
            if (!counts.Any(double.IsNaN))
            {
                _windows.Add(window);
            }
        }

        LeftOut = all - _windows.Count;
        return _windows.Count > 1
            ? this
            : throw new DataFormatException(_session.Path, "", $"has {_windows.Count} of {all} windows of {Bins} bins that were recorded whole, expected at least 2");
    }

    private (int[] Train, int[] Valid)? TableSplit()
    {
        if (_session.Parts.Any(part => part.Recording.Trials?.Find("split") is null))
        {
            return null;
        }

        IReadOnlyList<string> splits = _session.Trials.Splits;
        int[] Of(string split) => [.. Enumerable.Range(0, _windows.Count).Where(i => splits[_windows[i].Trial] == split)];
        return Of("train") is { Length: > 0 } train && Of("val") is { Length: > 0 } valid ? (train, valid) : null;
    }

    private (int[] Train, int[] Valid) RandomSplit(double validFraction, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, _windows.Count)];
        new Rng(seed, "prep").Shuffle(order);
        int valid = Math.Clamp((int)Math.Round(validFraction * order.Length), 1, order.Length - 1);
        return ([.. order.Skip(valid).Order()], [.. order.Take(valid).Order()]);
    }

    private SpikeSplit SplitOf(int[] pieces)
    {
        var counts = new TrialTensor(pieces.Length, Bins, _spikes.Units);
        var one = new double[Bins * _spikes.Units];
        for (int i = 0; i < pieces.Length; i++)
        {
            _spikes.Read(_windows[pieces[i]].FirstBin, Bins, one);
            Span<float> trial = counts.Trial(i);
            for (int k = 0; k < one.Length; k++)
            {
                trial[k] = (float)one[k];
            }
        }

        return new SpikeSplit { Counts = counts, TrialIds = [.. pieces.Select(piece => _windows[piece].Trial)] };
    }
}
