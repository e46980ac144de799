using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Regression;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Export;
using Network = UnetSpikes.Models.Architecture;

namespace UnetSpikes.Tests.Infer;

/// <summary>Small exported models with a decoder of two columns behind their rates, and what each gives for whole trials in one run.</summary>
internal sealed class DecodedModel : IDisposable
{
    private readonly CoSmoothingModel _model;
    private readonly FittedDecoder _decoder;

    private DecodedModel(CoSmoothingModel model, FittedDecoder decoder) => (_model, _decoder) = (model, decoder);

    /// <summary>By name: a network that takes four units, and its decoder's lags.</summary>
    public static IReadOnlyDictionary<string, (ModelOptions Network, int FirstLag, int LastLag)> Small { get; } = new Dictionary<string, (ModelOptions, int, int)>
    {
        ["same bin"] = (new() { Channels = 4, Layers = 2, LatentDim = 4 }, 0, 0),
        ["history"] = (new() { Channels = 4, Layers = 2, LatentDim = 4 }, -7, 0),
        ["past only"] = (new() { Channels = 4, Layers = 2, LatentDim = 4 }, -5, -3),
        ["ahead only"] = (new() { Channels = 4, Layers = 2, LatentDim = 4, Upsample = Upsampling.Deconv }, 2, 6),
        ["both ways, no grid"] = (new() { Architecture = Network.Cnn, Channels = 4, LatentDim = 4 }, -3, 4),
        ["held out and forward"] = (CoSmoothingModel.Small["unet"], -3, 7),
        ["log-rates"] = (new() { Channels = 4, Layers = 2, LatentDim = 4 }, -2, 2),
    };

    public string Path => _model.Path;

    public int OutputUnits => _model.Options.Channels;

    public static DecodedModel Write(string path, string name, IReadOnlyList<string>? unitIds = null)
    {
        (ModelOptions network, int first, int last) = Small[name];
        FittedDecoder decoder = ExportFixtures.Fitted(network.Channels, first, last) with { LowestRate = name == "log-rates" ? 1e-4 : null };
        return new DecodedModel(CoSmoothingModel.Write(path, network, unitIds, decoder), decoder);
    }

    /// <summary>The model run once over whole trials; NaN is fed as zero.</summary>
    public TrialTensor OneShot(TrialTensor counts, string output = DecodedOutput.Name) => _model.OneShot(counts, output);

    /// <summary>The decoder's formula in double precision, on the rates of <see cref="OneShot"/>: the first or last bin's rate where a lag leaves them.</summary>
    public TrialTensor Formula(TrialTensor counts)
    {
        TrialTensor rates = OneShot(counts, "rates");
        var decoded = new TrialTensor(counts.Trials, counts.Bins, 2);
        for (int i = 0; i < decoded.Values.Length; i++)
        {
            (int trial, int bin, int column) = (i / 2 / counts.Bins, i / 2 % counts.Bins, i % 2);
            double sum = _decoder.Ridge.Intercept[column];
            for (int lag = _decoder.FirstLag; lag <= _decoder.LastLag; lag++)
            {
                for (int unit = 0; unit < rates.Units; unit++)
                {
                    double rate = rates[trial, Math.Clamp(bin + lag, 0, rates.Bins - 1), unit];
                    sum += _decoder.Ridge.Weights[((lag - _decoder.FirstLag) * rates.Units) + unit][column] * (_decoder.LowestRate is double lowest ? Math.Log(Math.Max(rate, lowest)) : rate);
                }
            }

            decoded.Values[i] = (float)sum;
        }

        return decoded;
    }

    public void Dispose() => _model.Dispose();
}
