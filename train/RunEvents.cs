using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Train.TensorBoard;

namespace UnetSpikes.Train;

/// <summary>What a run shows in TensorBoard (docs/tensorboard.md): options, graph, curves, pictures of the first validation trial, distributions.</summary>
public sealed class RunEvents(string folder) : IDisposable
{
    private readonly EventWriter _events = new(folder);
    private bool _hasPicturesOfData;

    /// <summary>What is known before the first step.</summary>
    /// <param name="options">The resolved configuration, see <see cref="TrainConfiguration.Values"/>.</param>
    /// <param name="network">The network's graph.</param>
    public void Start(IReadOnlyDictionary<string, object> options, Graph network)
    {
        _events.SessionStart(options);
        _events.Graph(network);
        _events.Flush();
    }

    /// <summary>The scores of a finished run, as <c>result.json</c> names them.</summary>
    /// <param name="result">The scores; those that do not exist are left out.</param>
    public void End(TrainResult result)
    {
        using JsonDocument scores = JsonDocument.Parse(JsonLine.Text(result));
        foreach (JsonProperty score in scores.RootElement.EnumerateObject().Where(s => s.Value.ValueKind == JsonValueKind.Number))
        {
            _events.Scalar("result/" + score.Name, result.Steps, score.Value.GetDouble());
        }

        _events.SessionEnd();
        _events.Flush();
    }

    /// <summary>Curves of a training step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="loss">Mean loss since the last line.</param>
    /// <param name="gradientNorm">Before clipping.</param>
    /// <param name="learningRate">The schedule's rate.</param>
    public void Train(long step, double loss, double gradientNorm, double learningRate)
    {
        _events.Scalar("train/loss", step, loss);
        _events.Scalar("train/gradient_norm", step, gradientNorm);
        _events.Scalar("train/learning_rate", step, learningRate);
    }

    /// <summary>Curves and the inferred rates of a validation.</summary>
    /// <param name="step">The step.</param>
    /// <param name="scores">The scores.</param>
    /// <param name="rates">Inferred for all validation trials, spikes per bin.</param>
    /// <param name="split">The validation trials.</param>
    public void Validate(long step, ValidationScores scores, TrialTensor rates, SpikeSplit split)
    {
        _events.Scalar("valid/loss", step, scores.Loss);
        _events.Scalar("valid/unmasked_loss", step, scores.UnmaskedLoss);
        _events.Scalar("valid/bits_per_spike", step, scores.BitsPerSpike);
        if (scores.CoBps is double coBps)
        {
            _events.Scalar("valid/co_bps", step, coBps);
        }

        if (scores.FpBps is double fpBps)
        {
            _events.Scalar("valid/fp_bps", step, fpBps);
        }

        if (scores.Rates is RateScores r2)
        {
            _events.Scalar("valid/r2_uniform", step, r2.R2Uniform);
            _events.Scalar("valid/r2_pooled", step, r2.R2Pooled);
            _events.Scalar("valid/r2_median", step, r2.R2Median);
        }

        int units = split.Counts.Units;
        float[] inferred = rates.Trial(0).ToArray();
        float[]? truth = split.Rates?.Trial(0).ToArray();
        float brightest = (truth ?? inferred).Max();
        _events.Image("trial/rates", step, HeatMap.Draw(inferred, units, 0, brightest));
        if (!_hasPicturesOfData)
        {
            _events.Image("trial/counts", step, HeatMap.Draw(split.Take([0]).Counts.WithZerosForGaps().Trial(0), units));
            if (truth is not null)
            {
                _events.Image("trial/true_rates", step, HeatMap.Draw(truth, units, 0, brightest));
            }

            _hasPicturesOfData = true;
        }

        _events.Flush();
    }

    /// <summary>Pictures of the middle layers, a row per channel.</summary>
    /// <param name="step">The step.</param>
    /// <param name="layers">Of the first validation trial.</param>
    public void Middle(long step, IReadOnlyList<HiddenActivations> layers)
    {
        foreach (HiddenActivations layer in layers)
        {
            _events.Image("middle/" + layer.Name, step, HeatMap.Draw(layer.Values, layer.Channels));
        }
    }

    /// <summary>The distributions of every parameter array and of its gradient.</summary>
    /// <param name="step">The step.</param>
    /// <param name="layout">Where each array lies.</param>
    /// <param name="parameters">The weights that are validated: those after the step, or their average.</param>
    /// <param name="gradient">The step's own, before clipping; empty where no step was made.</param>
    public void Histograms(long step, ParameterLayout layout, ReadOnlySpan<float> parameters, ReadOnlySpan<float> gradient)
    {
        foreach (ParameterSpec array in layout.Specs)
        {
            int start = layout.Offset(array.Name);
            _events.Histogram("weights/" + array.Name, step, parameters.Slice(start, array.Count));
            if (!gradient.IsEmpty)
            {
                _events.Histogram("gradients/" + array.Name, step, gradient.Slice(start, array.Count));
            }
        }
    }

    /// <summary>A picture of one trial's mask.</summary>
    /// <param name="step">The step.</param>
    /// <param name="mask">[bin, unit]; true = hidden.</param>
    /// <param name="units">Units.</param>
    public void Mask(long step, ReadOnlySpan<bool> mask, int units)
    {
        var picture = new float[mask.Length];
        for (int i = 0; i < picture.Length; i++)
        {
            picture[i] = mask[i] ? 1 : 0;
        }

        _events.Image("trial/mask", step, HeatMap.Draw(picture, units, 0, 1));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _events.Dispose();
}
