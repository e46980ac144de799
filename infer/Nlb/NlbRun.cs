using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Runtime;

namespace UnetSpikes.Infer.Nlb;

/// <summary>From a file with the benchmark's tensors to a submission, by a model or by smoothing.</summary>
internal static class NlbRun
{
    private const int BatchSize = 64;

    /// <summary>Makes the submission.</summary>
    /// <exception cref="UsageException">The options do not fit each other or the file.</exception>
    /// <exception cref="DataFormatException">The file has not the benchmark's tensors, or not the model's units and bins.</exception>
    /// <exception cref="CheckpointException">The model cannot be used.</exception>
    public static NlbReport Run(NlbOptions options, CancellationToken cancel)
    {
        options.Require();
        var input = NlbInput.Read(options.Input);
        double binMs = BinWidth(input, options);
        string name = options.Dataset ?? input.DatasetName
            ?? throw new UsageException("--dataset", $"is missing, and {input.Path} does not name its data set (attribute dataset); expected its name, such as mc_maze");
        using SpikeModel? model = options.ModelPath is string path ? SpikeModel.Open(path, options.Device, options.Threads) : null;
        (string madeBy, Func<TrialTensor, TrialTensor> infer) = model is null ? Smoothing(input, options, binMs) : OfModel(model, input, binMs, cancel);

        var submission = new NlbSubmission(NlbFile.GroupName(name, binMs), input.Observed, infer(input.Train), infer(input.Eval));
        submission.Write(options.Output, JsonLine.Text(new { MadeBy = "unet-spikes infer --nlb", Rates = madeBy, Model = model?.Sha256, Input = input.Path }));
        return new NlbReport
        {
            Out = options.Output,
            Group = submission.Group,
            MadeBy = madeBy,
            Tensors = submission.Tensors().ToDictionary(tensor => tensor.Key, tensor => tensor.Rates.ToString()),
            CoBps = Bits(input.Observed.HeldOut, input.Eval, submission.Eval),
            FpBps = submission.Eval.Bins == input.Eval.Bins ? Bits(input.Observed.Forward, input.Eval, submission.Eval) : null,
        };
    }

    private static (string MadeBy, Func<TrialTensor, TrialTensor> Infer) Smoothing(NlbInput input, NlbOptions options, double binMs)
    {
        var baseline = CoSmoothingBaseline.Fit(input.Train, input.Observed, options.SmoothMs!.Value / binMs, options.Alpha);
        string madeBy = string.Create(CultureInfo.InvariantCulture, $"Gaussian smoothing of {options.SmoothMs} ms, ridge regression with penalty {baseline.Alpha}");
        return (madeBy, counts => baseline.Predict(input.Observed.Of(counts)));
    }

    private static (string MadeBy, Func<TrialTensor, TrialTensor> Infer) OfModel(SpikeModel model, NlbInput input, double binMs, CancellationToken cancel)
    {
        RequireFitting(model, input, binMs);
        return (model.Metadata.Architecture, counts => Rates(model, input.Observed.Of(counts).WithZerosForGaps(), cancel));
    }

    /// <summary>The model's rates of whole trials.</summary>
    private static TrialTensor Rates(SpikeModel model, TrialTensor seen, CancellationToken cancel)
    {
        var rates = new TrialTensor(seen.Trials, seen.Bins + model.ForwardBins, model.OutputUnits);
        for (int first = 0; first < seen.Trials; first += BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            int trials = Math.Min(BatchSize, seen.Trials - first), perTrial = seen.Bins * seen.Units;
            float[] counts = seen.Values.AsSpan(first * perTrial, trials * perTrial).ToArray();
            float[] output = model.Session.Run(
                new Dictionary<string, HostTensor> { [SpikeModel.Spikes] = HostTensor.Of(counts, trials, seen.Bins, seen.Units) }, [SpikeModel.Rates])[SpikeModel.Rates].Values<float>();
            output.CopyTo(rates.Values, first * rates.Bins * rates.Units);
        }

        return Array.TrueForAll(rates.Values, rate => rate >= 0 && float.IsFinite(rate))
            ? rates
            : throw new CheckpointException(model.Path, SpikeModel.Rates, "gives something that is no rate, expected finite numbers of at least 0");
    }

    private static void RequireFitting(SpikeModel model, NlbInput input, double binMs)
    {
        ModelMetadata metadata = model.Metadata;
        if (metadata.HeldInUnits != input.Observed.Units || metadata.UnitIds.Count != input.Train.Units)
        {
            throw new DataFormatException(
                input.Path, "/train_spikes_heldin", $"has {input.Observed.Units} held-in and {input.Train.Units - input.Observed.Units} held-out units, expected the model's {metadata.HeldInUnits} and {metadata.UnitIds.Count - metadata.HeldInUnits}");
        }

        if (input.UnitIds is { } ids && !ids.SequenceEqual(metadata.UnitIds))
        {
            throw new DataFormatException(input.Path, "/unit_ids", "names other units, or in another order, expected the model's");
        }

        if (metadata.TrialBins is > 0 and int bins && bins != input.Observed.Bins)
        {
            throw new DataFormatException(input.Path, "/train_spikes_heldin", $"has trials of {input.Observed.Bins} bins, expected the {bins} that the model was trained on");
        }

        if (metadata.ForwardBins > 0 && input.Train.Bins > input.Observed.Bins && metadata.ForwardBins != input.Train.Bins - input.Observed.Bins)
        {
            throw new DataFormatException(
                input.Path, "/train_spikes_heldin_forward", $"has {input.Train.Bins - input.Observed.Bins} forward bins, expected the model's {metadata.ForwardBins}");
        }

        if (Math.Abs(metadata.BinWidthMs - binMs) > 1e-6 * binMs)
        {
            throw new DataFormatException(input.Path, "/@bin_ms", $"is {binMs}, expected the {metadata.BinWidthMs} ms that {model.Path} was trained on");
        }
    }

    private static double BinWidth(NlbInput input, NlbOptions options) => (input.BinWidthMs, options.BinWidthMs) switch
    {
        (null, null) => throw new UsageException("--bin-ms", $"is missing, and {input.Path} does not say the width of its bins (attribute bin_ms); expected it in milliseconds"),
        (double said, double given) when said != given => throw new UsageException("--bin-ms", $"is {given}, but {input.Path} says that its bins are {said} ms wide"),
        (double said, _) => said,
        (_, double given) => given,
    };

    private static double? Bits(Func<TrialTensor, TrialTensor?> part, TrialTensor counts, TrialTensor rates) =>
        part(counts) is { } known && !Array.TrueForAll(known.Values, float.IsNaN) && part(rates) is { } predicted
            ? PoissonLikelihood.BitsPerSpike(predicted, known)
            : null;
}
