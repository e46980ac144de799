using System.Reflection;
using Xunit;

namespace UnetSpikes.Tests.Architecture;

/// <summary>The few rules of style that a reader is hurt by when they break, and that no compiler checks.</summary>
public class NamingTests
{
    private const int LongestFile = 500;

    private static readonly string[] SaysNothing = ["Manager", "Utils", "Util", "Helper", "Helpers", "Impl"];

    private static readonly Assembly[] Ours = [.. Directory.GetFiles(AppContext.BaseDirectory, "UnetSpikes.*.dll")
        .Where(path => Path.GetFileNameWithoutExtension(path) is not "UnetSpikes.OnnxRuntime") // The binding, written by others.
        .Select(Assembly.LoadFrom)];

    private static Type[] Types => [.. Ours.SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.Namespace?.StartsWith("UnetSpikes", StringComparison.Ordinal) == true && !type.Name.Contains('<', StringComparison.Ordinal))];

    [Fact]
    public void There_is_something_to_look_at()
    {
        Assert.True(Ours.Length >= 12);
        Assert.Contains(Types, type => type.Name == "TrialTensor");
        Assert.Contains(Path.Combine("core", "TrialTensor.cs"), SourceTree.Files);
    }

    [Fact]
    public void No_file_is_longer_than_500_lines() =>
        Assert.All(SourceTree.Files, file =>
        {
            int lines = File.ReadLines(Path.Combine(SourceTree.Root, file)).Count();
            Assert.True(lines <= LongestFile, $"{file} has {lines} lines: look for the seam");
        });

    [Fact]
    public void No_type_has_a_name_that_says_nothing() =>
        Assert.All(Types, type => Assert.True(
            !SaysNothing.Any(word => type.Name.EndsWith(word, StringComparison.Ordinal)), $"{type.FullName}: name what it does"));

    [Fact]
    public void No_type_shares_its_name_with_a_namespace()
    {
        HashSet<string> words = [.. Types.Where(type => !type.Namespace!.StartsWith("UnetSpikes.Tests", StringComparison.Ordinal))
            .SelectMany(type => type.Namespace!.Split('.'))];

        Assert.All(Types.Where(type => !type.IsNested), type => Assert.False(words.Contains(type.Name), $"{type.FullName} is also a namespace"));
    }

    [Fact]
    public void Every_namespace_is_its_folders() =>
        Assert.All(SourceTree.Files.Where(file => Path.GetDirectoryName(file) != Path.Combine("docs", "examples")), file => // Examples are other people's programs.
        {
            string? declared = File.ReadLines(Path.Combine(SourceTree.Root, file))
                .FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal));
            if (declared is null)
            {
                return; // Program.cs and the like: top-level statements or attributes only.
            }

            string folder = Path.GetDirectoryName(file)!.Replace('/', '.').Replace('\\', '.');
            Assert.Equal("UnetSpikes." + folder, declared["namespace ".Length..].TrimEnd(';', ' ', '{'), ignoreCase: true);
        });
}
