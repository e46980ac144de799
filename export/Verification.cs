using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Models.Links;
using UnetSpikes.Runtime;

namespace UnetSpikes.Export;

/// <summary>Holds exported models against the checkpoint's own evaluation graph, on data chosen to find what may go wrong.</summary>
/// <remarks>
/// Real validation trials, silence, counts no neuron has, one bin, lengths that need every kind of padding, and batches
/// on both sides of the <see cref="InferenceGraph.LatencyUpTo"/> of the two forms. The reference is computed once.
/// </remarks>
public sealed class Verification
{
    private const int MaxBatch = 64;

    private readonly Reach _reach;
    private readonly VerificationData _data;
    private readonly Tolerance _tolerance;
    private readonly int _threads;
    private readonly IReadOnlyList<Reference> _references;
    private readonly FusedDecoder? _decoder;
    private readonly JudgedTrials _judged;
    private readonly EvaluatedRates _evaluated;
    private readonly OutputLink _link;
    private readonly ModelOptions _model;

    /// <summary>Computes the reference.</summary>
    /// <param name="members">What was trained; of several, the mean of their log-rates is the reference.</param>
    /// <param name="data">What to compare on.</param>
    /// <param name="atol">Tolerance on log-rates.</param>
    /// <param name="threads">Threads; 0 = as many as the job was given.</param>
    public Verification(IReadOnlyList<Checkpoint> members, VerificationData data, double atol, int threads)
        : this(members, data, Tolerance.Of(Precision.Fp32, atol), threads)
    {
    }

    /// <summary>Computes the reference.</summary>
    /// <param name="members">What was trained; of several, the mean of their log-rates is the reference.</param>
    /// <param name="data">What to compare on.</param>
    /// <param name="tolerance">How far a model may be from it.</param>
    /// <param name="threads">Threads; 0 = as many as the job was given.</param>
    /// <param name="decoder">What stands behind the rates; null = nothing.</param>
    public Verification(IReadOnlyList<Checkpoint> members, VerificationData data, Tolerance tolerance, int threads, FusedDecoder? decoder = null)
    {
        _reach = Reach.Of(members);
        _model = members[0].Model;
        _link = MeanLogRate.Of(members.Select(member => member.Model.Build()));
        (_data, _tolerance, _threads, _decoder) = (data, tolerance, threads, decoder);
        var evaluation = new EvaluationRuns(members, threads);
        _references = [.. Cases(data, _reach).Select(c =>
        {
            EvaluatedRates rates = evaluation.Of(c.Counts);
            double largest = rates.LogRates.Values.Zip(rates.Rates.Values, (log, rate) => _link.MagnitudeOf(log, rate)).Max();
            return new Reference(c.Name, c.Counts, rates, c.IsExtreme ? Math.Max(1, largest) : 1);
        })];
        _judged = JudgedTrials.Of(data, _reach);
        _evaluated = evaluation.Of(_judged.Counts);
    }

    /// <summary>Compares a model.</summary>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="model">Its bytes.</param>
    /// <exception cref="SessionException">ONNX Runtime cannot run it.</exception>
    public VerificationReport Check(string name, byte[] model)
    {
        using var session = new OnnxSession(model, new SessionSettings { Name = name, Threads = _threads });
        VerificationCase[] cases = [.. _references.Select(reference => Compare(session, reference))];
        (int left, int right) = SeenReach(session);
        EvaluatedRates exported = InBatches(session, _judged.Counts);
        return new VerificationReport
        {
            Precision = _tolerance.Precision.ToString().ToLowerInvariant(),
            Provider = session.Provider,
            Atol = _tolerance.Atol,
            MaxLoss = _tolerance.MaxLoss,
            IsOfRates = !_link.KeepsLogRatesSteady,
            Data = _data.Description,
            Cases = cases,
            R2Before = _judged.R2(_evaluated),
            R2After = _judged.R2(exported),
            BitsPerSpikeBefore = _judged.BitsPerSpike(_evaluated),
            BitsPerSpikeAfter = _judged.BitsPerSpike(exported),
            DecoderError = _decoder is null ? null : DecoderError(session, _decoder),
            SeenLeft = left,
            SeenRight = right,
            ReachesTooFar = !_reach.NeedsTrials && (left > _reach.Field.Left || right > _reach.Field.Right),
        };
    }

    private static IEnumerable<(string Name, TrialTensor Counts, bool IsExtreme)> Cases(VerificationData data, Reach reach)
    {
        int bins = reach.TrialBins ?? data.Counts.Bins;
        int many = Math.Min(MaxBatch, Math.Max(InferenceGraph.LatencyUpTo + 2, data.Counts.Trials));
        string windows = data.IsReal ? "validation trials" : "made-up trials";
        yield return (windows, data.Window(many, bins), false);
        foreach (int batch in (int[])[1, InferenceGraph.LatencyUpTo, InferenceGraph.LatencyUpTo + 1])
        {
            yield return (windows, data.Window(batch, bins), false);
        }

        // 1 bin; a length that needs no padding and its neighbours; odd, even and long ones.
        int multiple = reach.BinMultiple;
        int[] lengths = reach.TrialBins is not null ? [] : [1, 2, multiple, multiple + 1, multiple + 2, 101, (3 * bins) + 2];
        foreach (int length in lengths.Where(length => length != bins).Distinct())
        {
            yield return ("other lengths", data.Window(1, length), false);
            yield return ("other lengths", data.Window(InferenceGraph.LatencyUpTo + 2, length), false);
        }

        // Nothing to normalise: where all inputs are one number, a normalisation's variance is rounding, and dividing by its root magnifies rounding.
        foreach (int batch in (int[])[1, InferenceGraph.LatencyUpTo + 2])
        {
            yield return ("no spikes", Constant(batch, bins, data.Counts.Units, 0), true);
            yield return ("50 spikes in every bin", Constant(batch, bins, data.Counts.Units, 50), true);
            yield return ("255 spikes in every third bin", Constant(batch, bins, data.Counts.Units, 255, every: 3), true);
        }
    }

    private static TrialTensor Constant(int trials, int bins, int units, float count, int every = 1)
    {
        var counts = new TrialTensor(trials, bins, units);
        for (int i = 0; i < counts.Values.Length; i++)
        {
            counts.Values[i] = i / units % every == 0 ? count : 0;
        }

        return counts;
    }

    /// <summary>Disturbs a bin, at a few places of the padding's grid, and looks how far away outputs change.</summary>
    private (int Left, int Right) SeenReach(OnnxSession session)
    {
        int margin = _reach.Field.Left + _reach.Field.Right + 2, multiple = _reach.BinMultiple;
        int[] phases = [.. new[] { 0, 1, multiple / 2, multiple - 1 }.Where(p => p < multiple).Distinct()];
        int bins = _reach.TrialBins ?? (2 * margin) + multiple;
        int first = Math.Max(0, (bins - multiple) / 2);
        phases = [.. phases.Where(p => first + p < bins)];
        TrialTensor calm = _data.Window(phases.Length, bins);
        var disturbed = new TrialTensor(calm.Trials, calm.Bins, calm.Units, [.. calm.Values]);
        for (int i = 0; i < phases.Length; i++)
        {
            for (int unit = 0; unit < calm.Units; unit++)
            {
                disturbed[i, first + phases[i], unit] += 3 + (unit % 5);
            }
        }

        string output = _link.KeepsLogRatesSteady ? InferenceGraph.LogRates : InferenceGraph.Rates;
        float[] before = Run(session, calm, output)[output].Values<float>();
        float[] after = Run(session, disturbed, output)[output].Values<float>();
        (int left, int right) = (0, 0);
        for (int i = 0; i < before.Length; i++)
        {
            // The same shape is the same arithmetic: what the disturbed bin cannot reach is equal to the last bit.
            if (!before[i].Equals(after[i]))
            {
                int row = i / _model.Channels, outputBins = calm.Bins + _model.ForwardBins;
                int behind = (row % outputBins) - (first + phases[row / outputBins]);
                (left, right) = (Math.Max(left, behind), Math.Max(right, -behind));
            }
        }

        return (left, right);
    }

    /// <summary>The fused output against the decoder applied in double precision to the rates beside it, relative to the sum of its terms' magnitudes.</summary>
    private double DecoderError(OnnxSession session, FusedDecoder decoder)
    {
        double largest = 0;
        foreach (TrialTensor counts in _references.Where(reference => reference.Magnitude == 1).Select(reference => reference.Counts))
        {
            IReadOnlyDictionary<string, HostTensor> outputs = Run(session, counts, InferenceGraph.Rates, DecodedOutput.Name);
            var rates = new TrialTensor(counts.Trials, counts.Bins + _model.ForwardBins, _model.Channels, outputs[InferenceGraph.Rates].Values<float>());
            (double[] expected, double[] magnitude) = decoder.InDouble(rates, _model.ForwardBins);
            float[] decoded = outputs[DecodedOutput.Name].Values<float>();
            for (int i = 0; i < decoded.Length; i++)
            {
                double difference = Math.Abs(decoded[i] - expected[i]);
                largest = VerificationCase.Larger(largest, difference == 0 ? 0 : difference / magnitude[i]);
            }
        }

        return largest;
    }

    private EvaluatedRates InBatches(OnnxSession session, TrialTensor counts)
    {
        TrialTensor Empty() => new(counts.Trials, counts.Bins + _model.ForwardBins, _model.Channels);
        var all = new EvaluatedRates(Empty(), Empty());
        int perTrial = counts.Bins * counts.Units, ratesPerTrial = all.Rates.Bins * all.Rates.Units;
        for (int first = 0; first < counts.Trials; first += MaxBatch)
        {
            int batch = Math.Min(MaxBatch, counts.Trials - first);
            var piece = new TrialTensor(batch, counts.Bins, counts.Units, counts.Values.AsSpan(first * perTrial, batch * perTrial).ToArray());
            (float[] logRates, float[] rates) = Outputs(session, piece);
            logRates.CopyTo(all.LogRates.Values, first * ratesPerTrial);
            rates.CopyTo(all.Rates.Values, first * ratesPerTrial);
        }

        return all;
    }

    private static VerificationCase Compare(OnnxSession session, Reference reference) =>
        VerificationCase.Of(reference.Name, reference.Counts, reference.Expected, Outputs(session, reference.Counts), reference.Magnitude);

    private static (float[] LogRates, float[] Rates) Outputs(OnnxSession session, TrialTensor counts)
    {
        IReadOnlyDictionary<string, HostTensor> outputs = Run(session, counts, InferenceGraph.LogRates, InferenceGraph.Rates);
        return (outputs[InferenceGraph.LogRates].Values<float>(), outputs[InferenceGraph.Rates].Values<float>());
    }

    private static IReadOnlyDictionary<string, HostTensor> Run(OnnxSession session, TrialTensor counts, params string[] outputs) => session.Run(
        new Dictionary<string, HostTensor> { [InferenceGraph.Spikes] = HostTensor.Of(counts.Values, counts.Trials, counts.Bins, counts.Units) }, outputs);

    private sealed record Reference(string Name, TrialTensor Counts, EvaluatedRates Expected, double Magnitude);
}
