using UnetSpikes.Core;
using UnetSpikes.Nlb.Scores;

namespace UnetSpikes.Nlb.Prep;

/// <summary>Which of the benchmark's two phases tensors are for.</summary>
public enum NlbPhase
{
    /// <summary>Train on the training split, evaluate on the validation split.</summary>
    Val,

    /// <summary>Train on both, evaluate on the test split, whose held-out spikes the files do not have.</summary>
    Test,
}

/// <summary>Arrays of one file or group, by their keys.</summary>
/// <param name="Counts">Spikes per bin, [trial, bin, unit]; NaN = not recorded.</param>
/// <param name="Numbers">Behaviour and averages, [trial, bin, column].</param>
/// <param name="Tables">[trial][column] truth values (decoder masks).</param>
/// <param name="Lists">[condition][…] and [1][trial] whole numbers.</param>
public sealed record TensorSet(
    Dictionary<string, TrialArray> Counts, Dictionary<string, TrialArray> Numbers, Dictionary<string, bool[][]> Tables, Dictionary<string, int[][]> Lists)
{
    /// <summary>No arrays.</summary>
    public static TensorSet Empty() => new([], [], [], []);
}

/// <summary>The tensors of one of the benchmark's data sets, as nlb_tools makes them.</summary>
public sealed class SessionTensors
{
    private readonly NlbParameters _parameters;
    private readonly Session _session;
    private readonly int _widthMs;
    private readonly SessionSpikes _heldIn;
    private readonly SessionSpikes _heldOut;
    private readonly TrialWindows _windows;
    private readonly bool[] _isKnown;
    private readonly double[][]? _behavior;
    private readonly int _bins;
    private readonly Func<int, bool> _isTrain;
    private readonly Func<int, bool> _isEval;

    /// <summary>Bins a session.</summary>
    /// <param name="parameters">The data set's.</param>
    /// <param name="session">Its files.</param>
    /// <param name="widthMs">5 or 20.</param>
    /// <param name="phase">Which trials are for training.</param>
    /// <param name="warnings">Receives a line for each thing left out.</param>
    /// <exception cref="DataFormatException">The files are not what they should be.</exception>
    public SessionTensors(NlbParameters parameters, Session session, int widthMs, NlbPhase phase, ICollection<string> warnings)
    {
        (_parameters, _session, _widthMs) = (parameters, session, widthMs);
        _bins = (int)((session.LengthMs + widthMs - 1) / widthMs);
        _heldIn = SessionSpikes.Of(session, isHeldOut: false, widthMs);
        _heldOut = SessionSpikes.Of(session, isHeldOut: true, widthMs);
        _windows = new TrialWindows(session.Trials, widthMs, _bins);
        IReadOnlyList<SessionSeries> series = SessionSeries.AllOf(session, warnings);
        SessionSeries? behavior = parameters.BehaviorSeries is { } name
            ? series.FirstOrDefault(one => one.Name == name)
                ?? throw new DataFormatException(session.Path, $"/processing/*/{name}", $"is missing, expected the behaviour of {parameters.Name}")
            : null;
        _behavior = behavior?.Every(widthMs);
        _isKnown = KnownBins(series.Where(one => one != behavior));
        IReadOnlyList<string> splits = session.Trials.Splits;
        _isTrain = phase == NlbPhase.Val ? trial => splits[trial] == "train" : trial => splits[trial] is "train" or "val";
        _isEval = phase == NlbPhase.Val ? trial => splits[trial] == "val" : trial => splits[trial] == "test";
        Require(_isTrain, phase == NlbPhase.Val ? "train" : "train and val");
        Require(_isEval, phase == NlbPhase.Val ? "val" : "test");
    }

    /// <summary>The names of held-in units.</summary>
    public IReadOnlyList<string> HeldInIds => _heldIn.Ids;

    /// <summary>The names of held-out units.</summary>
    public IReadOnlyList<string> HeldOutIds => _heldOut.Ids;

    /// <summary>What a model is trained on: <c>train_spikes_heldin</c>, <c>train_spikes_heldout</c>, <c>train_behavior</c>, and the forward windows.</summary>
    /// <exception cref="DataFormatException">Windows are not all of one length.</exception>
    public TensorSet TrainInput()
    {
        TensorSet set = TensorSet.Empty();
        WindowRule rule = _parameters.Train;
        long?[]? align = Jittered(_isTrain, rule.AlignField, out _);
        IReadOnlyList<TrialWindow> windows = _windows.Of(rule, _isTrain, align);
        set.Counts["train_spikes_heldin"] = Stack(_heldIn, windows, rule, "train_spikes_heldin");
        set.Counts["train_spikes_heldout"] = Stack(_heldOut, windows, rule, "train_spikes_heldout");
        set.Numbers["train_behavior"] = Behavior(rule, _isTrain);
        WindowRule forward = Forward(rule);
        windows = _windows.Of(forward, _isTrain, align);
        set.Counts["train_spikes_heldin_forward"] = Stack(_heldIn, windows, forward, "train_spikes_heldin_forward");
        set.Counts["train_spikes_heldout_forward"] = Stack(_heldOut, windows, forward, "train_spikes_heldout_forward");
        return set;
    }

    /// <summary>What a model is given to be scored: <c>eval_spikes_heldin</c>, and <c>eval_spikes_heldout</c> where the files have it.</summary>
    /// <exception cref="DataFormatException">Windows are not all of one length.</exception>
    public TensorSet EvalInput()
    {
        TensorSet set = TensorSet.Empty();
        WindowRule rule = _parameters.Train with { AllowGaps = true };
        IReadOnlyList<TrialWindow> windows = _windows.Of(rule, _isEval, Jittered(_isEval, rule.AlignField, out _));
        set.Counts["eval_spikes_heldin"] = Stack(_heldIn, windows, rule, "eval_spikes_heldin");
        if (!Enumerable.Range(0, _session.Trials.Count).Any(trial => _isEval(trial) && _session.Trials.Splits[trial] == "test"))
        {
            set.Counts["eval_spikes_heldout"] = Stack(_heldOut, windows, rule, "eval_spikes_heldout");
        }

        return set;
    }

    /// <summary>What scores are computed against: the target file's group.</summary>
    /// <exception cref="DataFormatException">Windows are not all of one length.</exception>
    public TensorSet Target()
    {
        TensorSet set = TensorSet.Empty();
        WindowRule rule = _parameters.Evaluation;
        long?[]? align = Jittered(_isEval, rule.AlignField, out Dictionary<int, int>? evalJitter);
        IReadOnlyList<TrialWindow> windows = _windows.Of(rule, _isEval, align);
        set.Counts["eval_spikes_heldout"] = _parameters.PaddedMs is { } padded
            ? Pad(windows, rule, (int)Math.Round(padded / _widthMs), evalJitter!)
            : Stack(_heldOut, windows, rule, "eval_spikes_heldout");
        set.Numbers["train_behavior"] = Behavior(rule, _isTrain);
        set.Numbers["eval_behavior"] = Behavior(rule, _isEval);
        WindowRule forward = Forward(rule);
        windows = _windows.Of(forward, _isEval, align);
        set.Counts["eval_spikes_heldin_forward"] = Stack(_heldIn, windows, forward, "eval_spikes_heldin_forward");
        set.Counts["eval_spikes_heldout_forward"] = Stack(_heldOut, windows, forward, "eval_spikes_heldout_forward");
        if (_parameters.DecoderField is { } field)
        {
            set.Tables["train_decode_mask"] = DecodeMask(field, _isTrain);
            set.Tables["eval_decode_mask"] = DecodeMask(field, _isEval);
        }

        AddPsth(set, evalJitter);
        return set;
    }

    private static WindowRule Forward(WindowRule rule) =>
        new(rule.AlignField ?? rule.EndField, rule.ToMs ?? 0, (rule.ToMs ?? 0) + NlbParameters.ForwardMs) { AllowOverlap = true };

    private void AddPsth(TensorSet set, Dictionary<int, int>? evalJitter)
    {
        if (_parameters.Psth is not { } rule)
        {
            return;
        }

        var psth = Psth.Of(rule, _session, _widthMs, (_isTrain, _isEval), trial => _isTrain(trial) || _isEval(trial));
        set.Numbers["psth"] = psth.Averages;
        set.Lists["train_cond_idx"] = psth.TrainTrials;
        set.Lists["eval_cond_idx"] = psth.EvalTrials;
        if (evalJitter is not null)
        {
            _ = Jittered(_isTrain, _parameters.Evaluation.AlignField, out Dictionary<int, int>? trainJitter);
            set.Lists["eval_jitter"] = [[.. evalJitter.Values]];
            set.Lists["train_jitter"] = [[.. trainJitter!.Values]];
        }
    }

    /// <summary>Moments shifted by each trial's jitter; null where the data set has none.</summary>
    private long?[]? Jittered(Func<int, bool> isChosen, string? field, out Dictionary<int, int>? bins)
    {
        bins = _parameters.JitterField is null ? null : Jitter.Draw(_parameters, _session.Trials, isChosen, _widthMs);
        if (bins is null)
        {
            return null;
        }

        long?[] moments = _session.Trials.Moments(field!);
        foreach ((int trial, int shift) in bins)
        {
            moments[trial] += shift * _widthMs * 1_000_000L;
        }

        return moments;
    }

    /// <summary>Bins at whose beginning everything the session holds is known.</summary>
    /// <param name="others">All series but the behaviour, whose samples are at hand.</param>
    private bool[] KnownBins(IEnumerable<SessionSeries> others)
    {
        var known = new bool[_bins];
        for (int bin = 0; bin < _bins; bin++)
        {
            known[bin] = _heldIn.IsObserved(bin) && (_heldOut.Units == 0 || _heldOut.IsObserved(bin))
                && (_behavior is null || Array.TrueForAll(_behavior, column => !double.IsNaN(column[bin])));
        }

        foreach (bool[] one in others.Select(one => one.KnownEvery(_widthMs)))
        {
            for (int bin = 0; bin < _bins; bin++)
            {
                known[bin] &= one[bin];
            }
        }

        return known;
    }

    /// <summary>The bins of a window that stay: all, or those at which everything is known.</summary>
    private int[] Kept(TrialWindow window, WindowRule rule) =>
        [.. Enumerable.Range(window.FirstBin, window.Count).Where(bin => rule.AllowGaps || _isKnown[bin])];

    private TrialArray Stack(SessionSpikes spikes, IReadOnlyList<TrialWindow> windows, WindowRule rule, string key)
    {
        if (spikes.Units == 0)
        {
            throw new DataFormatException(_session.Path, "/units", $"has no held-out units, which {key} is made of");
        }

        int[][] bins = [.. windows.Select(window => Kept(window, rule))];
        int length = bins.Length == 0 ? 0 : bins.Max(trial => trial.Length);
        if (Array.FindIndex(bins, trial => trial.Length != length) is int odd and >= 0)
        {
            throw new DataFormatException(
                _session.Path, key, $"would have {bins[odd].Length} bins in trial {windows[odd].Trial} and {length} in others: its window overlaps another trial's, a gap or the recording's end");
        }

        var values = new double[windows.Count * length * spikes.Units];
        for (int i = 0; i < bins.Length; i++)
        {
            Copy(spikes, bins[i], values.AsSpan(i * length * spikes.Units));
        }

        return new TrialArray(windows.Count, length, spikes.Units, values);
    }

    /// <summary>Windows of any length in rows of one, each ending as many bins before its row's end as the trial is shifted; NaN elsewhere.</summary>
    private TrialArray Pad(IReadOnlyList<TrialWindow> windows, WindowRule rule, int length, Dictionary<int, int> jitter)
    {
        int units = _heldOut.Units;
        var values = new double[windows.Count * length * units];
        Array.Fill(values, double.NaN);
        for (int i = 0; i < windows.Count; i++)
        {
            int[] bins = Kept(windows[i], rule);
            int shift = jitter[windows[i].Trial];
            int[] last = bins[Math.Max(0, bins.Length - (length - shift))..];
            Copy(_heldOut, last, values.AsSpan(((i * length) + length - shift - last.Length) * units));
        }

        return new TrialArray(windows.Count, length, units, values);
    }

    private static void Copy(SessionSpikes spikes, int[] bins, Span<double> destination)
    {
        for (int at = 0; at < bins.Length;)
        {
            int run = 1;
            while (at + run < bins.Length && bins[at + run] == bins[at] + run)
            {
                run++;
            }

            spikes.Read(bins[at], run, destination[(at * spikes.Units)..]);
            at += run;
        }
    }

    private TrialArray Behavior(WindowRule rule, Func<int, bool> isChosen)
    {
        TrialArray behavior = _behavior is { } series ? BehaviorOfSeries(series, rule, isChosen) : BehaviorOfColumns(isChosen);
        if (_parameters.OutlierField is { } field)
        {
            double[] outlier = _session.Trials.Numbers(field);
            int[] chosen = [.. Enumerable.Range(0, _session.Trials.Count).Where(isChosen)];
            for (int row = 0; row < chosen.Length; row++)
            {
                if (outlier[chosen[row]] != 0)
                {
                    behavior.Values.AsSpan(row * behavior.Units, behavior.Units).Fill(double.NaN);
                }
            }
        }

        return behavior;
    }

    /// <summary>Columns of the trial table, [trial, 1, column]: the file drops the axis of bins.</summary>
    private TrialArray BehaviorOfColumns(Func<int, bool> isChosen)
    {
        double[][] columns = [.. _parameters.BehaviorColumns.Select(_session.Trials.Numbers)];
        int[] chosen = [.. Enumerable.Range(0, _session.Trials.Count).Where(isChosen)];
        return new TrialArray(chosen.Length, 1, columns.Length, [.. chosen.SelectMany(trial => columns.Select(column => column[trial]))]);
    }

    private TrialArray BehaviorOfSeries(double[][] series, WindowRule rule, Func<int, bool> isChosen)
    {
        IReadOnlyList<TrialWindow> windows = _windows.Of(rule.Later(_parameters.LagMs) with { AllowGaps = true }, isChosen);
        int length = windows.Count == 0 ? 0 : windows.Max(window => window.Count), width = series.Length;
        var values = new double[windows.Count * length * width];
        Array.Fill(values, double.NaN); // A window cut short by the recording's end is NaN behind it.
        for (int i = 0; i < windows.Count; i++)
        {
            for (int bin = 0; bin < windows[i].Count; bin++)
            {
                for (int column = 0; column < width; column++)
                {
                    values[(((i * length) + bin) * width) + column] = series[column][windows[i].FirstBin + bin];
                }
            }
        }

        return new TrialArray(windows.Count, length, width, values);
    }

    private bool[][] DecodeMask(string field, Func<int, bool> isChosen)
    {
        double[] values = _session.Trials.Numbers(field);
        long?[] align = _session.Trials.Moments(_parameters.Evaluation.AlignField!);
        return [.. Enumerable.Range(0, _session.Trials.Count).Where(trial => isChosen(trial) && align[trial] is not null).Select(trial => new[] { values[trial] == 0, values[trial] == 1 })];
    }

    private void Require(Func<int, bool> isChosen, string split)
    {
        if (!Enumerable.Range(0, _session.Trials.Count).Any(isChosen))
        {
            throw new DataFormatException(_session.Path, "/intervals/trials/split", $"has no trial of split {split}");
        }
    }
}
