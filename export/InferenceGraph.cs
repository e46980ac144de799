using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Models.Links;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Passes;
using UnetSpikes.Runtime;
using ElementType = UnetSpikes.Onnx.ElementType;

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

    /// <summary>Output: expected spikes per bin, float32 [batch, bin, channel]; held-out units are further channels, forward bins further bins.</summary>
    public const string Rates = "rates";

    /// <summary>Output: natural log of <see cref="Rates"/>.</summary>
    public const string LogRates = "log_rates";

    /// <summary>Output: the last hidden layer, float32 [batch, bin, latent]; what the link makes into rates is a linear map of it. Of an ensemble, all members' side by side.</summary>
    public const string Latents = "latents";

    /// <summary>The largest batch that <see cref="ModelForm.Auto"/> gives to the latency form. Measured: see docs/export.md.</summary>
    public const int LatencyUpTo = 12;

    /// <summary>Builds the graph.</summary>
    /// <param name="members">The network with its weights; of several, log-rates are averaged and latents put side by side.</param>
    /// <param name="form">What it is laid out for.</param>
    /// <param name="precision">What its weights are stored in, and what it computes in.</param>
    /// <param name="decoder">What stands behind the rates, as the first output; null = nothing.</param>
    /// <param name="opset">Opset of the file, 13 to 20.</param>
    /// <remarks>Standard-domain operators only.</remarks>
    /// <exception cref="GraphException">The opset has not all the operators that the network needs.</exception>
    public static Graph Build(IReadOnlyList<FoldedNetwork> members, ModelForm form, Precision precision = Precision.Fp32, FusedDecoder? decoder = null, int opset = Graph.UsualOpset)
    {
        var g = new Graph("unet_spikes") { Opset = opset };
        Value spikes = g.AddInput(Spikes, ElementType.Float, new Shape("batch", "bin", members[0].Network.Options.CountChannels));
        (Value linear, Value latents) = form switch
        {
            ModelForm.Batch => Forward(g, ActivationLayout.BinByBatch),
            ModelForm.Latency => Forward(g, ActivationLayout.BatchByBin),
            _ => Either(g),
        };
        (linear, latents) = Lowered(g, precision, linear, latents);

        // Behind the If and not in its branches: element by element, the link is the same for both forms.
        PredictedRates predicted = MeanLogRate.Of(members.Select(m => m.Network)).Apply(g, linear, name => Weight(g, members[0], name));
        if (decoder is not null)
        {
            g.AddOutput(decoder.Build(g, predicted, members[0].Network.Options.ForwardBins), DecodedOutput.Name);
        }

        g.AddOutput(predicted.Rates, Rates);
        g.AddOutput(predicted.LogRates, LogRates);
        g.AddOutput(latents, Latents);
        // Weights that were reshaped or reordered here leave their originals unused.
        DeadCode.Remove(g);
        return g;

        // The link stays in float32: its exponential would make a float16 log-rate's rounding into several times that of the rate.
        static (Value Linear, Value Latents) Lowered(Graph graph, Precision precision, Value linear, Value latents)
        {
            switch (precision)
            {
                case Precision.Fp16:
                    HalfPrecision.Apply(graph, keepsSingle: _ => false);
                    return (graph.Cast(linear, ElementType.Float), graph.Cast(latents, ElementType.Float));
                case Precision.Int8:
                    WeightQuantization.Apply(graph);
                    break;
            }

            return (linear, latents);
        }

        (Value Linear, Value Latents) Forward(Graph graph, ActivationLayout layout)
        {
            (Value Linear, Value Latents)[] each = [.. members.Select((member, i) => OfMember(graph, layout, member, i))];
            if (each.Length == 1)
            {
                return each[0];
            }

            Value sum = each.Zip(members, (of, member) => LogRatesOf(graph, member, of.Linear)).Aggregate(graph.Add);
            return (graph.Mul(sum, 1.0 / each.Length), graph.Concat(2, [.. each.Select(of => of.Latents)]));
        }

        (Value Linear, Value Latents) OfMember(Graph graph, ActivationLayout layout, FoldedNetwork member, int index)
        {
            using IDisposable? scope = members.Count > 1 ? graph.Scope($"member_{index + 1}") : null;
            var pass = new InferencePass(graph, layout, member.Weights, spikes);
            NetworkOutput output = member.Network.Build(pass, spikes);
            return (output.Linear, pass.ToTrials(output.Latents, member.Network.LatentChannels));
        }

        static Value LogRatesOf(Graph graph, FoldedNetwork member, Value linear) =>
            member.Network.Link.Apply(graph, linear, name => Weight(graph, member, name)).LogRates;

        static Value Weight(Graph graph, FoldedNetwork member, string name) =>
            graph.AddInitializer(Tensor.Of(member.Weights[name].Values, member.Weights[name].Dims), name);

        (Value Linear, Value Latents) Either(Graph graph)
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
            (Value linear, Value latents) = Forward(graph, layout);
            return [linear, latents];
        }
    }
}
