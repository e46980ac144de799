using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Models.Links;
using UnetSpikes.Onnx;
using UnetSpikes.Regression;
using UnetSpikes.Runtime;

namespace UnetSpikes.Export;

/// <summary>A fitted linear decoder as the last layer of an exported model: spikes in, velocity (or whatever it was fitted on) out.</summary>
/// <remarks>
/// decoded[t] = intercept + Σ over lags and units of rates[t + lag] · weights. Where a lag leaves what was fed, the first or the last bin's rate stands
/// for it: the decoder was not fitted on such bins, and a rate of zero there would pull every edge towards what silence means.
/// </remarks>
public sealed class FusedDecoder
{
    private readonly FittedDecoder _decoder;

    private FusedDecoder(FittedDecoder decoder, DecodedOutput output)
    {
        _decoder = decoder;
        Output = output;
    }

    /// <summary>What the output is, for the metadata.</summary>
    public DecodedOutput Output { get; }

    /// <summary>Holds a decoder against the model it is to stand behind.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="unitIds">The model's units, in the order of its output channels; the decoder's may be in another order.</param>
    /// <param name="binWidthMs">The model's width of a bin.</param>
    /// <param name="names">Names of its columns; null = x1, x2, ….</param>
    /// <param name="unit">Their unit; null = what the decoder's file says.</param>
    /// <exception cref="UsageException">They do not fit.</exception>
    public static FusedDecoder Of(FittedDecoder decoder, IReadOnlyList<string> unitIds, double binWidthMs, IReadOnlyList<string>? names, string? unit)
    {
        if (Math.Abs(decoder.BinWidthMs - binWidthMs) > 1e-6 * binWidthMs)
        {
            throw Misfit(decoder, string.Create(CultureInfo.InvariantCulture, $"is for bins of {decoder.BinWidthMs} ms, expected the model's {binWidthMs} ms"));
        }

        if (decoder.Units != unitIds.Count)
        {
            throw Misfit(decoder, $"is for {decoder.Units} units, expected the model's {unitIds.Count}");
        }

        string[] columns = names is null ? [.. Enumerable.Range(1, decoder.Columns).Select(i => $"x{i}")] : [.. names];
        if (columns.Length != decoder.Columns || columns.Distinct().Count() != columns.Length || columns.Any(string.IsNullOrWhiteSpace))
        {
            throw new UsageException("--decoded-names", $"is {string.Join(",", columns)}, expected {decoder.Columns} names, each once");
        }

        return new FusedDecoder(InOrderOf(unitIds, decoder), new DecodedOutput(
            columns, unit ?? decoder.TargetUnit, decoder.Name, decoder.Sha256, decoder.FirstLag, decoder.LastLag, double.IsFinite(decoder.R2Mean) ? decoder.R2Mean : null));
    }

    /// <summary>Adds the decoder to a graph.</summary>
    /// <param name="g">The graph.</param>
    /// <param name="predicted">The model's rates, [batch, bin, unit].</param>
    /// <param name="forwardBins">Bins at the end that were not fed; they are not decoded, but seen where lags reach them.</param>
    /// <returns>[batch, bin, column].</returns>
    public Value Build(Graph g, PredictedRates predicted, int forwardBins)
    {
        Value features = _decoder.LowestRate is double lowest ? g.Log(g.Max(predicted.Rates, g.Scalar(predicted.Rates, lowest))) : predicted.Rates;
        (int first, int last) = (Math.Min(_decoder.FirstLag, 0), Math.Max(_decoder.LastLag, 0));
        Value byUnit = g.Transpose(features, 0, 2, 1);                               // [batch, unit, bin]
        Value longer = first == last ? byUnit : g.Add("Pad", [byUnit, g.Ints(0, 0, -first, 0, 0, last)], new() { { "mode", "edge" } });
        Value decoded = g.Conv(longer, Kernel(g, first, last), g.AddInitializer(Tensor.Of(Array.ConvertAll(_decoder.Ridge.Intercept, b => (float)b), _decoder.Columns), "decoder.intercept"));
        Value rows = g.Transpose(decoded, 0, 2, 1);
        return forwardBins == 0 ? rows : g.Slice(rows, 1, 0, -forwardBins);
    }

    /// <summary>The same in double precision, from rates that a model gave: what the fused output is held against.</summary>
    /// <param name="rates">[trial, bin, unit], forward bins included.</param>
    /// <param name="forwardBins">As for <see cref="Build"/>.</param>
    /// <returns>[trial, bin, column] row-major: what is decoded, and the sum of the terms' magnitudes, to which rounding is proportional.</returns>
    public (double[] Decoded, double[] Magnitude) InDouble(TrialTensor rates, int forwardBins)
    {
        int bins = rates.Bins - forwardBins, units = rates.Units, columns = _decoder.Columns;
        var decoded = new double[rates.Trials * bins * columns];
        var magnitude = new double[decoded.Length];
        for (int i = 0; i < decoded.Length; i++)
        {
            (int row, int column) = (i / columns, i % columns);
            decoded[i] = _decoder.Ridge.Intercept[column];
            magnitude[i] = Math.Abs(decoded[i]);
            for (int weight = 0; weight < _decoder.Ridge.Weights.Length; weight++)
            {
                int bin = Math.Clamp((row % bins) + _decoder.FirstLag + (weight / units), 0, rates.Bins - 1);
                double rate = rates[row / bins, bin, weight % units];
                double term = _decoder.Ridge.Weights[weight][column] * (_decoder.LowestRate is double lowest ? Math.Log(Math.Max(rate, lowest)) : rate);
                decoded[i] += term;
                magnitude[i] += Math.Abs(term);
            }
        }

        return (decoded, magnitude);
    }

    private static FittedDecoder InOrderOf(IReadOnlyList<string> unitIds, FittedDecoder decoder)
    {
        if (decoder.UnitIds is not { } own)
        {
            return decoder; // Older files of latents do not say; the number of units is all there is to check.
        }

        Dictionary<string, int> places = own.Select((id, place) => (id, place)).ToDictionary(pair => pair.id, pair => pair.place);
        return unitIds.FirstOrDefault(id => !places.ContainsKey(id)) is string missing
            ? throw Misfit(decoder, $"does not know the model's unit '{missing}', expected the same units")
            : decoder.Reordered([.. unitIds.Select(id => places[id])]);
    }

    /// <summary>[column, unit, lag], zero where a lag between the own bin and the decoder's is not one of its own.</summary>
    private Value Kernel(Graph g, int first, int last)
    {
        int units = _decoder.Units, lags = last - first + 1;
        var kernel = new float[_decoder.Columns * units * lags];
        for (int weight = 0; weight < _decoder.Ridge.Weights.Length; weight++)
        {
            int lag = _decoder.FirstLag - first + (weight / units);
            for (int column = 0; column < _decoder.Columns; column++)
            {
                kernel[(((column * units) + (weight % units)) * lags) + lag] = (float)_decoder.Ridge.Weights[weight][column];
            }
        }

        return g.AddInitializer(Tensor.Of(kernel, _decoder.Columns, units, lags), "decoder.weight");
    }

    private static UsageException Misfit(FittedDecoder decoder, string problem) => new("--decoder", $"{decoder.Path}: '{decoder.Name}' {problem}");
}
