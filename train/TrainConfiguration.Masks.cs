using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <content>What is hidden, what takes its place, and how trials are varied.</content>
public sealed partial class TrainConfiguration
{
    private const string Probability = "a probability from 0 to 1";

    private static readonly string[] SpanKeys = ["TRAIN.MASK_MAX_SPAN", "TRAIN.MASK_SPAN_PROB", "TRAIN.MASK_SPAN_RAMP_START", "TRAIN.MASK_SPAN_RAMP_END"];

    private static readonly string[] EntryKeys = ["TRAIN.MASK_TOKEN_RATIO", "TRAIN.MASK_RANDOM_RATIO", "TRAIN.LOSS_ON"];

    private Masking Masking(Masking defaults)
    {
        MaskMode mode = Choice(
            "TRAIN.MASK_MODE", defaults.Mode, ("entry", MaskMode.Entry), ("full", MaskMode.Entry), ("timestep", MaskMode.Timestep), ("neuron", MaskMode.Neuron),
            ("span", MaskMode.Span), ("thin", MaskMode.Thin));
        return new Masking(mode, Ratio()) { Spans = Spans(defaults.Spans) };
    }

    private MaskRatio Ratio()
    {
        double Between(string key, double fallback) => Number(key, fallback, x => x is > 0 and < 1, "a probability between 0 and 1");
        double ratio = Between("TRAIN.MASK_RATIO", 0.25);
        bool isDrawn = Has("TRAIN.MASK_RATIO_MAX"), isMoved = Has("TRAIN.MASK_RATIO_END");
        if (isDrawn && isMoved)
        {
            throw _tree.Error("TRAIN.MASK_RATIO_END", "is given with TRAIN.MASK_RATIO_MAX, expected one of them: the ratio is drawn or moved");
        }

        return isDrawn ? MaskRatio.Uniform(ratio, Number("TRAIN.MASK_RATIO_MAX", ratio, x => x >= ratio && x < 1, $"at least TRAIN.MASK_RATIO, {ratio}, and below 1"))
            : isMoved ? MaskRatio.Linear(ratio, Between("TRAIN.MASK_RATIO_END", ratio))
            : MaskRatio.Fixed(ratio);
    }

    private MaskSpans Spans(MaskSpans defaults)
    {
        int start = Integer("TRAIN.MASK_SPAN_RAMP_START", defaults.RampStart, 0);
        // A ramp of which only the start is given has no length.
        int end = Integer("TRAIN.MASK_SPAN_RAMP_END", Math.Max(start, defaults.RampEnd), start);
        return new MaskSpans(
            Integer("TRAIN.MASK_MAX_SPAN", defaults.Longest, 1), Number("TRAIN.MASK_SPAN_PROB", defaults.Probability, x => x is >= 0 and <= 1, Probability), start, end);
    }

    private MaskFill Fill(MaskMode mode)
    {
        MaskFill fill = Choice(
            "TRAIN.MASK_FILL", MaskFill.Zero, ("zero", MaskFill.Zero), ("mean", MaskFill.Mean), ("nearest", MaskFill.Nearest), ("linear", MaskFill.Linear),
            ("channel", MaskFill.Channel));
        return mode == MaskMode.Thin && fill != MaskFill.Zero
            ? throw _tree.Error("TRAIN.MASK_FILL", $"is '{_tree.GetString("TRAIN.MASK_FILL")}', expected zero with TRAIN.MASK_MODE thin, which hides no whole entries")
            : fill;
    }

    private bool RescalesVisible(MaskMode mode, MaskFill fill)
    {
        bool isRescaled = Boolean("TRAIN.MASK_RESCALE", mode == MaskMode.Thin);
        return isRescaled && fill is MaskFill.Mean or MaskFill.Nearest or MaskFill.Linear
            ? throw _tree.Error("TRAIN.MASK_RESCALE", $"is true, expected false with TRAIN.MASK_FILL {_tree.GetString("TRAIN.MASK_FILL")}, which does not dim the input")
            : isRescaled;
    }

    private MaskTokens MaskTokens(MaskTokens defaults) => new(
        Number("TRAIN.MASK_TOKEN_RATIO", defaults.TokenRatio, x => x is >= 0 and <= 1, Probability),
        Number("TRAIN.MASK_RANDOM_RATIO", defaults.RandomRatio, x => x is >= 0 and <= 1, Probability));

    private Augmentation Augmentation() => new(
        Number("TRAIN.FLIP", 0, x => x is >= 0 and <= 1, Probability),
        Integer("TRAIN.JITTER", 0, 0),
        Number("TRAIN.UNIT_DROPOUT", 0, x => x is >= 0 and < 1, "a probability from 0 to below 1"));

    /// <summary>Files of NDT carry keys of masks that they do not use; they load, and whoever meant them is told.</summary>
    private void WarnOfIdleKeys(TrainOptions options, Action<string> warn)
    {
        MaskMode mode = options.Masking.Mode;
        string[] idle = [.. mode == MaskMode.Span ? [] : SpanKeys, .. mode == MaskMode.Thin ? EntryKeys : []];
        foreach (string key in idle.Where(_tree.Has))
        {
            warn($"{key} has no meaning with TRAIN.MASK_MODE {mode.ToString().ToLowerInvariant()} and is ignored ({_tree.OriginOf(key)})");
        }
    }
}
