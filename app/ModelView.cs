using UnetSpikes.App.ModelInfo;

namespace UnetSpikes.App;

/// <summary>An exported model, as <c>inspect</c> shows it: the first half of what <c>model-info</c> says.</summary>
internal static class ModelView
{
    public static object Write(string path, TextWriter output)
    {
        var facts = ModelFacts.Read(path);
        ModelPage.WriteShort(facts, output);
        return new { Path = path, Kind = "model", facts.Sha256, Metadata = facts.Metadata.ToDictionary() };
    }
}
