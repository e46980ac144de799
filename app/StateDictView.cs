using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Models.Import;

namespace UnetSpikes.App;

/// <summary>Another program's checkpoint, as <c>inspect</c> shows it.</summary>
internal static class StateDictView
{
    public static object Write(StateDict state, TextWriter output)
    {
        (string network, ModelOptions? model) = Network(state);
        output.WriteLine($"{state.Path}: {state.Kind}");
        var table = new ResultTable("what", "value");
        table.Add("network", network);
        if (model is not null)
        {
            table.Add("model", model.ToJson());
        }

        table.Add("tensors", string.Create(CultureInfo.InvariantCulture, $"{state.Arrays.Count} of {state.Arrays.Values.Sum(array => (long)array.Values.Length)} numbers"));
        if (state.Beside.Count > 0 || state.Weights != WeightsKind.Raw)
        {
            table.Add("weights", string.Join(", ", state.All.Select(one => one.WeightsInWords)));
        }

        foreach ((string key, string value) in state.Settings.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            table.Add("setting: " + key, value);
        }

        table.Write(output);
        output.WriteLine();
        return new
        {
            state.Path,
            Kind = "state_dict",
            Format = state.Kind,
            Network = network,
            Model = model?.ToJson(),
            state.Step,
            state.Settings,
            Weights = state.All.Select(one => new { Kind = one.Weights.ToString().ToLowerInvariant(), one.Place }),
            Tensors = state.Arrays.ToDictionary(pair => pair.Key, pair => pair.Value.Dims),
            state.LeftAside,
        };
    }

    /// <summary>What <c>export</c> would read it as; where it would not, why.</summary>
    private static (string Network, ModelOptions? Model) Network(StateDict state)
    {
        try
        {
            var imported = ImportedNetwork.Of(state);
            return (imported.Story[(state.Path.Length + 2)..], imported.Checkpoint.Model);
        }
        catch (Exception e) when (e is CheckpointException or UsageException)
        {
            return ("not clear: " + e.Message, null);
        }
    }
}
