using System.Text;
using UnetSpikes.Core;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace UnetSpikes.Data.Configuration;

/// <summary>Between YAML text and <see cref="YamlTree"/>.</summary>
internal static class YamlText
{
    // A configuration has some forty keys; anchors that refer to one another can claim billions.
    private const int MaxKeys = 10_000;
    private const int MaxDepth = 32;

    /// <summary>Parses YAML whose top level is a section.</summary>
    /// <param name="text">The YAML.</param>
    /// <param name="name">What to call it in messages: the file, or "--set".</param>
    /// <exception cref="UsageException">Not YAML, or not a section.</exception>
    public static YamlTree Parse(string text, string name)
    {
        var tree = new YamlTree();
        YamlNode? root = Load(text, name);
        if (root is YamlScalarNode { Value: "" or null })
        {
            return tree;
        }

        if (root is not null)
        {
            Flatten(root as YamlMappingNode ?? throw new UsageException(name, "is not a configuration, expected keys and values"), "", name, tree, 0);
        }

        return tree;
    }

    /// <summary>Takes what follows the = of an override: a [list] or "quoted" text as YAML has it, anything else as it stands.</summary>
    /// <exception cref="UsageException">A broken list or quotation, or a section.</exception>
    public static YamlLeaf ParseValue(string text, string key)
    {
        const string Origin = "--set";
        string value = text.Trim();
        return value.Length == 0 || IsNullWord(value) ? new YamlLeaf(null, false, Origin)
            : value[0] is not ('[' or '{' or '"' or '\'') ? new YamlLeaf([value], false, Origin)
            : Leaf(Load(value, $"{Origin} {key}")!, Origin) ?? throw new UsageException($"{Origin} {key}", "is a section, expected a value or a list");
    }

    /// <summary>Writes flat keys as nested YAML.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, YamlLeaf>> leaves)
    {
        var root = new YamlMappingNode();
        foreach ((string key, YamlLeaf leaf) in leaves)
        {
            string[] parts = key.Split('.');
            YamlMappingNode section = root;
            foreach (string part in parts[..^1])
            {
                if (!section.Children.TryGetValue(part, out YamlNode? inner))
                {
                    section.Add(part, inner = new YamlMappingNode());
                }

                section = (YamlMappingNode)inner;
            }

            section.Add(parts[^1], leaf.Items is null ? new YamlScalarNode("~") { Style = ScalarStyle.Plain } : leaf.IsList
                ? new YamlSequenceNode(leaf.Items.Select(Scalar)) { Style = YamlDotNet.Core.Events.SequenceStyle.Flow }
                : Scalar(leaf.Items[0]));
        }

        var text = new StringBuilder();
        using var writer = new StringWriter(text) { NewLine = "\n" };
        new YamlStream(new YamlDocument(root)).Save(writer, assignAnchors: false);
        return text.ToString().Replace("...\n", "", StringComparison.Ordinal);
    }

    private static YamlScalarNode Scalar(string value) =>
        new(value) { Style = value.Length == 0 || IsNullWord(value) ? ScalarStyle.DoubleQuoted : ScalarStyle.Any };

    private static YamlNode? Load(string text, string name)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode;
        }
        catch (YamlException e)
        {
            throw new UsageException($"{name}:{e.Start.Line}", $"is not YAML: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet 16.3's scanner loses its own state in some broken flow lists, such as "[1, 2" before a new key.
            throw new UsageException(name, "is not YAML: a list or quotation is not closed");
        }
    }

    private static void Flatten(YamlMappingNode section, string prefix, string name, YamlTree tree, int depth)
    {
        foreach ((YamlNode keyNode, YamlNode value) in section.Children)
        {
            string origin = $"{name}:{keyNode.Start.Line}";
            string key = prefix + ((keyNode as YamlScalarNode)?.Value ?? throw new UsageException(origin, "has a key that is not a word"));
            if (depth > MaxDepth || tree.Count >= MaxKeys)
            {
                throw new UsageException(origin, "is nested too deeply or has too many keys for a configuration");
            }

            if (Leaf(value, origin) is { } leaf)
            {
                tree.Set(key, leaf);
            }
            else
            {
                Flatten((YamlMappingNode)value, key + ".", name, tree, depth + 1);
            }
        }
    }

    private static YamlLeaf? Leaf(YamlNode value, string origin) => value switch
    {
        YamlScalarNode scalar => new YamlLeaf(IsNull(scalar) ? null : [scalar.Value!], false, origin),
        YamlSequenceNode list => new YamlLeaf([.. list.Children.Select(item => (item as YamlScalarNode)?.Value
            ?? throw new UsageException(origin, "has a list of something else than single values"))], true, origin),
        _ => null,
    };

    private static bool IsNull(YamlScalarNode scalar) =>
        scalar.Value is null || (scalar.Style == ScalarStyle.Plain && (scalar.Value.Length == 0 || IsNullWord(scalar.Value)));

    private static bool IsNullWord(string text) => text is "~" or "null" or "Null" or "NULL";
}
