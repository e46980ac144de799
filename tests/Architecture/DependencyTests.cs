using System.Xml.Linq;
using Xunit;

namespace UnetSpikes.Tests.Architecture;

/// <summary>Which project may see which: the arrows of README's picture as one table, held against the csproj files.</summary>
public class DependencyTests
{
    // Transitive references are switched off (Directory.Build.props), so what a csproj lists is all its code can name.
    private static readonly Dictionary<string, string> Arrows = new()
    {
        ["core"] = "",
        ["hdf5"] = "core",
        ["onnx"] = "core",
        ["onnxruntime"] = "",
        ["runtime"] = "core onnxruntime",
        ["cli"] = "core hdf5",
        ["recordings"] = "core hdf5",
        ["data"] = "core hdf5 recordings regression",
        ["torch"] = "core",
        ["models"] = "core onnx torch",
        ["regression"] = "core",
        ["nlb"] = "core data hdf5 recordings regression",
        ["prep"] = "cli core data hdf5 nlb recordings",
        ["train"] = "cli core data models onnx runtime",
        ["jobs"] = "cli core",
        ["sweep"] = "cli core jobs runtime",
        ["export"] = "cli core data models onnx regression runtime",
        ["infer"] = "cli core data jobs onnx recordings runtime", // onnx: models from strangers are looked over before the runtime sees them; no graph is built.
        ["decode"] = "cli core data nlb regression",
        ["report"] = "cli core data models onnx regression runtime",
        ["web"] = "cli core",
        ["app"] = "cli core data hdf5 models onnx recordings runtime train sweep export infer decode prep report web",
        ["bench"] = "cli core data export infer models onnx runtime train",
    };

    private static readonly string[] Tools = ["prep", "train", "sweep", "export", "infer", "decode", "report", "web"];

    [Fact]
    public void Every_project_references_exactly_what_the_table_says()
    {
        foreach ((string project, string expected) in Arrows)
        {
            Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), References(project).Order());
        }
    }

    [Fact]
    public void No_tool_references_a_tool() =>
        Assert.All(Tools, tool => Assert.Empty(References(tool).Intersect(Tools)));

    [Fact]
    public void Every_project_of_the_tree_is_in_the_table()
    {
        string[] projects = [.. SourceTree.Folders.Where(folder => Directory.GetFiles(Path.Combine(SourceTree.Root, folder), "*.csproj").Length > 0)];

        Assert.Equal(Arrows.Keys.Append("tests").Intersect(projects).Order(), projects.Order());
        Assert.Empty(Arrows.Keys.Except(projects));
    }

    [Fact]
    public void Transitive_references_stay_off()
    {
        XElement build = XElement.Load(Path.Combine(SourceTree.Root, "Directory.Build.props"));

        Assert.Equal("true", build.Descendants("DisableTransitiveProjectReferences").Single().Value);
    }

    private static string[] References(string project)
    {
        string csproj = Directory.GetFiles(Path.Combine(SourceTree.Root, project), "*.csproj").Single();
        return [.. XElement.Load(csproj).Descendants("ProjectReference")
            .Select(r => r.Attribute("Include")!.Value.Replace('\\', '/').Split('/')[^2])];
    }
}
