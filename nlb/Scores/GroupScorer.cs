using UnetSpikes.Core;

namespace UnetSpikes.Nlb.Scores;

/// <summary>Scores one data set: reads what each score needs, checks it where it can be said which file and key are wrong, and computes.</summary>
/// <param name="dataset">Which data set.</param>
/// <param name="target">Its group in the target file.</param>
/// <param name="submission">Its group in the submission.</param>
internal sealed class GroupScorer(NlbDataset dataset, ScoredGroup target, ScoredGroup submission)
{
    private const string HeldOutSpikes = "eval_spikes_heldout";
    private const string HeldInRates = "eval_rates_heldin";
    private const string HeldOutRates = "eval_rates_heldout";
    private const string HeldInForward = "eval_spikes_heldin_forward";
    private const string EvalBehavior = "eval_behavior";

    private const string KnownRates = "rates that are known wherever behaviour is";

    /// <summary>Every score whose data is there.</summary>
    /// <exception cref="DataFormatException">A key is missing (where nlb_tools has a KeyError) or wrong.</exception>
    public DatasetScores Score()
    {
        TrialArray spikes = target.Read(HeldOutSpikes);
        TrialArray heldOut = submission.ReadRatesOf(HeldOutRates, spikes, HeldOutSpikes);
        TrialArray heldIn = submission.ReadRates(HeldInRates, spikes.Trials, spikes.Bins, HeldOutSpikes);
        return new DatasetScores
        {
            Dataset = dataset,
            CoBps = BitsPerSpike.CoSmoothing(heldOut, spikes),
            TpCorrelation = dataset.IsTimed ? Timing(heldIn, heldOut, spikes) : null,
            VelocityR2 = dataset.IsTimed ? null : Velocity(heldIn, heldOut),
            PsthR2 = target.Has("psth") ? Psth(heldIn, heldOut) : null,
            FpBps = submission.Has("eval_rates_heldin_forward") && target.Has(HeldInForward) ? Forward() : null,
        };
    }

    private double Velocity(TrialArray evalHeldIn, TrialArray evalHeldOut)
    {
        const string TrainBehavior = "train_behavior", Axes = "[trial, bin, column]";
        TrialArray trainBehavior = target.Read(TrainBehavior, Axes);
        TrialArray evalBehavior = target.Read(EvalBehavior, Axes);
        RequireFits(evalBehavior, evalHeldIn);
        bool hasMasks = target.Has("train_decode_mask");
        VelocityTrials train = Trials("train", trainBehavior,
            submission.ReadRates("train_rates_heldin", trainBehavior.Trials, trainBehavior.Bins, TrainBehavior),
            submission.ReadRates("train_rates_heldout", trainBehavior.Trials, trainBehavior.Bins, TrainBehavior), hasMasks);
        VelocityTrials eval = Trials("eval", evalBehavior, evalHeldIn, evalHeldOut, hasMasks);
        if (train.Rates.Units != eval.Rates.Units)
        {
            throw submission.Error("train_rates_heldin", $"and train_rates_heldout have {train.Rates.Units} units together, expected the {eval.Rates.Units} of the eval rates");
        }

        if (train.Masks.Length != eval.Masks.Length)
        {
            throw target.Error("eval_decode_mask", $"has {eval.Masks.Length} masks, expected the {train.Masks.Length} of train_decode_mask");
        }

        return VelocityR2.Score(train, eval);
    }

    private VelocityTrials Trials(string half, TrialArray behavior, TrialArray heldIn, TrialArray heldOut, bool hasMasks)
    {
        bool[][] masks = hasMasks ? target.ReadMasks(half + "_decode_mask", behavior.Trials) : VelocityTrials.EveryTrial(behavior.Trials);
        var trials = new VelocityTrials(TrialArray.Join(heldIn, heldOut), behavior, masks);
        for (int mask = 0; mask < masks.Length; mask++)
        {
            int[] rows = trials.KnownRows(mask);
            target.RequireKnown(half + "_behavior", behavior, rows, "all columns known wherever the first is");
            submission.RequireKnown(half + "_rates_heldin", heldIn, rows, KnownRates);
            submission.RequireKnown(half + "_rates_heldout", heldOut, rows, KnownRates);
            if (rows.Length < VelocityR2.FewestRows)
            {
                throw target.Error(half + "_behavior", $"is known in {rows.Length} bins of mask {mask}, expected at least {VelocityR2.FewestRows}");
            }
        }

        return trials;
    }

    private double Timing(TrialArray heldIn, TrialArray heldOut, TrialArray spikes)
    {
        const string Axes = "[trial, column]";
        TrialArray behavior = target.ReadColumns(EvalBehavior, Axes);
        _ = target.ReadColumns("train_behavior", Axes); // Not used, but nlb_tools insists on it.
        if (behavior.Trials != spikes.Trials || behavior.Units <= TpCorrelation.ConditionColumns)
        {
            throw target.Error(EvalBehavior, $"is [{behavior.Trials}, {behavior.Units}], expected {spikes.Trials} trials of is_eye, theta, is_short, ts, tp");
        }

        IReadOnlyList<int[]> conditions = TpCorrelation.Conditions(behavior);
        if (conditions.Count == 0 || conditions.Any(trials => trials.Length < 2))
        {
            throw target.Error(EvalBehavior, "has a condition (is_eye, theta, is_short) of fewer than two trials, expected enough for a correlation");
        }

        int[] used = [.. Enumerable.Range(0, spikes.Rows).Where(row => !double.IsNaN(spikes.Row(row)[0]))];
        submission.RequireKnown(HeldInRates, heldIn, used, "rates that are known from set to go");
        submission.RequireKnown(HeldOutRates, heldOut, used, "rates that are known from set to go");
        return TpCorrelation.Score(TrialArray.Join(heldIn, heldOut), spikes, behavior);
    }

    private double Psth(TrialArray heldIn, TrialArray heldOut)
    {
        TrialArray psth = target.Read("psth", "[condition, bin, unit]");
        if (psth.Bins != heldIn.Bins || psth.Units != heldIn.Units + heldOut.Units)
        {
            throw target.Error("psth", $"is {psth}, expected {heldIn.Bins} bins of the {heldIn.Units} held-in and {heldOut.Units} held-out units of the rates");
        }

        int[][] conditions = target.ReadConditions("eval_cond_idx", psth.Trials, heldIn.Trials);
        int[]? jitter = target.Has("eval_jitter") ? target.ReadPerTrial("eval_jitter", heldIn.Trials) : null;
        for (int condition = 0; condition < conditions.Length; condition++)
        {
            // The first unit says which bins count.
            int[] bins = [.. Enumerable.Range(0, psth.Bins).Where(bin => conditions[condition].Length > 0 && !double.IsNaN(psth[condition, bin, 0]))];
            target.RequireKnown("psth", psth, bins.Select(bin => (condition * psth.Bins) + bin), "every unit known wherever the first is");
            foreach (int trial in conditions[condition])
            {
                int[] sources = [.. bins.Select(bin => PsthR2.SourceBin(bin, trial, jitter))];
                if (Array.Exists(sources, bin => bin < 0 || bin >= heldIn.Bins))
                {
                    throw target.Error("eval_jitter", $"is {jitter![trial]} for trial {trial}, which moves it out of the PSTH of condition {condition}");
                }

                IEnumerable<int> rows = sources.Select(bin => (trial * heldIn.Bins) + bin);
                submission.RequireKnown(HeldInRates, heldIn, rows, "rates that are known wherever the PSTH is");
                submission.RequireKnown(HeldOutRates, heldOut, rows, "rates that are known wherever the PSTH is");
            }
        }

        return PsthR2.Score(psth, TrialArray.Join(heldIn, heldOut), conditions, jitter);
    }

    private double Forward()
    {
        const string HeldOutForward = "eval_spikes_heldout_forward";
        TrialArray heldIn = target.Read(HeldInForward);
        TrialArray heldOut = target.Read(HeldOutForward);
        if (heldIn.Trials != heldOut.Trials || heldIn.Bins != heldOut.Bins)
        {
            throw target.Error(HeldOutForward, $"is {heldOut}, expected the trials and bins of {HeldInForward}, {heldIn}");
        }

        return BitsPerSpike.Forward(
            submission.ReadRatesOf("eval_rates_heldin_forward", heldIn, HeldInForward),
            submission.ReadRatesOf("eval_rates_heldout_forward", heldOut, HeldOutForward), heldIn, heldOut);
    }

    private void RequireFits(TrialArray behavior, TrialArray rates)
    {
        if (behavior.Trials != rates.Trials || behavior.Bins != rates.Bins)
        {
            throw target.Error(EvalBehavior, $"is {behavior}, expected the {rates.Trials} trials of {rates.Bins} bins of {HeldOutSpikes}");
        }
    }
}
