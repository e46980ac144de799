using System.Globalization;
using System.Text.Json.Nodes;
using UnetSpikes.Core;

namespace UnetSpikes.Models.Import;

/// <summary>A network that another program trained.</summary>
/// <param name="Checkpoint">The network as one of ours: nothing is told of its data and its optimizer.</param>
/// <param name="Story">What it was read as and what had to be assumed, in one line.</param>
public sealed record ImportedNetwork(Checkpoint Checkpoint, string Story)
{
    private const string BatchesTracked = ".num_batches_tracked";

    /// <summary>Finds out what network the arrays are of, and takes them into it.</summary>
    /// <param name="state">The file.</param>
    /// <param name="architecture">What the user says of the architecture; null = nothing.</param>
    /// <param name="link">The link where the user says it; null = as hyper-parameters say, else exp.</param>
    /// <exception cref="CheckpointException">The arrays are of no network here, or too many or too few for it, or of other shapes.</exception>
    /// <exception cref="UsageException">The user says what cannot be, or must say more.</exception>
    public static ImportedNetwork Of(StateDict state, ArchitectureChoice? architecture = null, LinkFunction? link = null)
    {
        var guess = ArchitectureGuess.Of(state, architecture?.Architecture);
        string[] untold = [.. guess.Needed.Where(key => architecture?.Values.ContainsKey(key) != true)];
        if (untold.Length > 0)
        {
            throw new UsageException("--arch", $"has to say {string.Join(" and ", untold)}, which the weights of {state.Path} do not tell, as in {NameOf(guess.Model)}:{untold[0]}=…");
        }

        (ModelOptions linked, string linkStory) = Linked(guess.Model, state, link, architecture);
        ModelOptions model = architecture?.ApplyTo(linked) ?? linked;
        if (model.Validate().FirstOrDefault() is { } problem)
        {
            throw new CheckpointException(state.Path, "", $"is of no network that can be built here: {problem}");
        }

        SpikeNetwork network = model.Build();
        RequireSame(state.Path, network, guess.Arrays, NameOf(model));
        float[] parameters = network.Parameters.Flatten(guess.Arrays, state.Path);
        var checkpoint = new Checkpoint
        {
            Model = model,
            Parameters = parameters,
            RunningStatistics = network.RunningStatistics.Flatten(guess.Arrays, state.Path),
            Optimizer = new OptimizerState(new float[parameters.Length], new float[parameters.Length], null),
            Step = state.Step,
            Data = TrainingData.Untold(model.Channels),
            Run = new Dictionary<string, string>(),
        };
        string[] assumed = [.. guess.Assumed.Where(key => architecture?.Values.ContainsKey(key) != true)];
        return new ImportedNetwork(checkpoint, string.Join("; ", Told(state, model, assumed, linkStory)));
    }

    private static (ModelOptions Model, string Story) Linked(ModelOptions model, StateDict state, LinkFunction? said, ArchitectureChoice? architecture)
    {
        if (said is { } link)
        {
            return (model with { Link = link, IsLinkLearnable = model.IsLinkLearnable && link == LinkFunction.Log1pExp }, "");
        }

        return model.IsLinkLearnable || architecture?.Values.ContainsKey("link") == true ? (model, "")
            : AncestorLink.Of(state.Settings, model) is { } told ? (told, $"link {NameOf(told.Link)} by its hyper-parameters")
            : (model, "link exp assumed (--link)");
    }

    /// <summary>Every array of the network is there, and no other: one that has no place is one whose effect would be lost without a word.</summary>
    private static void RequireSame(string path, SpikeNetwork network, IReadOnlyDictionary<string, NamedArray> arrays, string name)
    {
        HashSet<string> expected = [.. network.Parameters.Specs.Concat(network.RunningStatistics.Specs).Select(spec => spec.Name)];
        string[] missing = [.. expected.Where(one => !arrays.ContainsKey(one))];
        string[] surplus = [.. arrays.Keys.Where(one => !expected.Contains(one) && !one.EndsWith(BatchesTracked, StringComparison.Ordinal))];
        if (missing.Length > 0 || surplus.Length > 0)
        {
            string[] problems =
            [
                .. missing.Length > 0 ? (string[])[$"lacks {Names.Few(missing)}"] : [],
                .. surplus.Length > 0 ? (string[])[$"has {Names.Few(surplus)} with no place in it"] : [],
            ];
            throw new CheckpointException(path, "", $"is not the {name} it looks like: it {string.Join(" and ", problems)}; expected another --arch, or the state_dict of the network alone");
        }
    }

    private static IEnumerable<string> Told(StateDict state, ModelOptions model, string[] assumed, string linkStory)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{state.Path}: {state.Kind} of {NameOf(model)} for {model.Channels} units, {model.Layers} layers");
        if (state.Weights != WeightsKind.Raw || state.Beside.Count > 0)
        {
            yield return $"its {state.WeightsInWords}{(state.Beside.Count == 0 ? "" : $", beside {string.Join(" and ", state.Beside.Select(one => one.WeightsInWords))} (--weights)")}";
        }

        if (StaleStatistics.Of(state) is { } caution)
        {
            yield return caution;
        }

        if (linkStory.Length > 0)
        {
            yield return linkStory;
        }

        if (assumed.Length > 0)
        {
            JsonObject json = JsonNode.Parse(model.ToJson())!.AsObject();
            JsonObject own = json[NameOf(model)]!.AsObject();
            yield return $"assumed {string.Join(' ', assumed.Select(key => $"{key}={own[key]}"))} (--arch {NameOf(model)}:KEY=VALUE)";
        }

        if (state.LeftAside.Count > 0)
        {
            yield return $"left aside {Names.Few(state.LeftAside)}, which lie outside the network";
        }
    }

    private static string NameOf(ModelOptions model) => model.Architecture.ToString().ToLowerInvariant();

    private static string NameOf(LinkFunction link) => link == LinkFunction.Log1pExp ? "log1p_exp" : link.ToString().ToLowerInvariant();
}
