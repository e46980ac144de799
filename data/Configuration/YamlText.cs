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

    /// <summary>Parses what follows the = of an override: a scalar or a list.</summary>
    /// <exception cref="UsageException">Not YAML, or a section.</exception>
    public static YamlLeaf ParseValue(string text, string key)
    {
        const string Origin = "--set";
        return Load(text, $"{Origin} {key}") is { } node
            ? Leaf(node, Origin) ?? throw new UsageException($"{Origin} {key}", "is a section, expected a value or a list")
            : new YamlLeaf(null, false, Origin);
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

            section.Add(parts[^1], leaf.Items is null ? Scalar("~") : leaf.IsList
                ? new YamlSequenceNode(leaf.Items.Select(Scalar)) { Style = YamlDotNet.Core.Events.SequenceStyle.Flow }
                : Scalar(leaf.Items[0]));
        }

        var text = new StringBuilder();
        using var writer = new StringWriter(text) { NewLine = "\n" };
        new YamlStream(new YamlDocument(root)).Save(writer, assignAnchors: false);
        return text.ToString().Replace("...\n", "", StringComparison.Ordinal);
    }

    private static YamlScalarNode Scalar(string value) => value.Length == 0 || value is "null" or "~" or "Null" or "NULL"
        ? new YamlScalarNode(value) { Style = value == "~" ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted }
        : new YamlScalarNode(value);

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
    }

    private static void Flatten(YamlMappingNode section, string prefix, string name, YamlTree tree, int depth)
    {
        foreach ((YamlNode keyNode, YamlNode value) in section.Children)
        {
            string origin = $"{name}:{keyNode.Start.Line}";
            string key = prefix + ((keyNode as YamlScalarNode)?.Value ?? throw new UsageException(origin, "has a key that is not a word"));
            if (depth > MaxDepth || tree.Keys.Skip(MaxKeys).Any())
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
        scalar.Value is null || (scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL");
}
