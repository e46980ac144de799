using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Passes;

namespace UnetSpikes.Export;

/// <summary>What an exported model is laid out for.</summary>
public enum ModelForm
{
    /// <summary>Both forms under one <c>If</c> on the batch size: the better one for every batch, at twice the file size.</summary>
    Auto,

    /// <summary>Many trials at a time.</summary>
    Batch,

    /// <summary>One or a few trials at a time.</summary>
    Latency,
}

/// <summary>The graph of an exported model: counts in, rates out, any number of trials and bins.</summary>
public static class InferenceGraph
{
    /// <summary>The input: spikes per bin, float32 [batch, bin, channel].</summary>
    public const string Spikes = "spikes";

    /// <summary>Output: expected spikes per bin, float32 [batch, bin, channel].</summary>
    public const string Rates = "rates";

    /// <summary>Output: natural log of <see cref="Rates"/>.</summary>
    public const string LogRates = "log_rates";

    /// <summary>Output: the last hidden layer, float32 [batch, bin, latent]; every log-rate is a linear map of it.</summary>
    public const string Latents = "latents";

    /// <summary>The largest batch that <see cref="ModelForm.Auto"/> gives to the latency form. Measured: see docs/export.md.</summary>
    public const int LatencyUpTo = 4;

    /// <summary>Builds the graph.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its folded weights, from <see cref="FoldedWeights.Fold"/>.</param>
    /// <param name="form">What it is laid out for.</param>
    /// <remarks>Standard-domain operators of opset 17 only.</remarks>
    public static Graph Build(SpikeNetwork network, IReadOnlyDictionary<string, NamedArray> weights, ModelForm form)
    {
        var g = new Graph("unet_spikes");
        Value spikes = g.AddInput(Spikes, ElementType.Float, new Shape("batch", "bin", network.Options.Channels));
        (Value logRates, Value latents) = form switch
        {
            ModelForm.Batch => Forward(g, ActivationLayout.BinByBatch),
            ModelForm.Latency => Forward(g, ActivationLayout.BatchByBin),
            _ => Either(g),
        };

        g.AddOutput(g.Exp(logRates), Rates);
        g.AddOutput(logRates, LogRates);
        g.AddOutput(latents, Latents);
        // Weights that were reshaped or reordered here leave their originals unused.
        DeadCode.Remove(g);
        return g;

        (Value LogRates, Value Latents) Forward(Graph graph, ActivationLayout layout)
        {
            var pass = new InferencePass(graph, layout, weights, spikes);
            NetworkOutput output = network.Build(pass, spikes);
            return (output.LogRates, pass.ToTrials(output.Latents, network.LatentChannels));
        }

        (Value LogRates, Value Latents) Either(Graph graph)
        {
            Value batch = graph.Gather(graph.ShapeOf(spikes), graph.AddInitializer(Tensor.Of(new long[] { 0 })));
            Value isSmall = graph.Add("LessOrEqual", [batch, graph.AddInitializer(Tensor.Of(new long[] { LatencyUpTo }))]);
            IReadOnlyList<Value> results = graph.If(
                isSmall,
                then => Branch(then, ActivationLayout.BatchByBin),
                otherwise => Branch(otherwise, ActivationLayout.BinByBatch));
            return (results[0], results[1]);
        }

        Value[] Branch(Graph graph, ActivationLayout layout)
        {
            (Value logRates, Value latents) = Forward(graph, layout);
            return [logRates, latents];
        }
    }
}
