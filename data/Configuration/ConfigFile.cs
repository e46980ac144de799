using UnetSpikes.Core;

namespace UnetSpikes.Data.Configuration;

/// <summary>Loads configurations as the ancestor lays them out: a data set's file over <c>base.yaml</c>, overrides over both.</summary>
public static class ConfigFile
{
    private const string BaseName = "base.yaml";

    /// <summary>Loads a configuration.</summary>
    /// <param name="path">A YAML file; a <c>base.yaml</c> in the same folder goes underneath. Null = overrides only.</param>
    /// <param name="overrides">"TRAIN.LR.INIT=0.001", as given to <c>--set</c>; they go over the file, later over earlier.</param>
    /// <returns>base.yaml &lt; file &lt; overrides; sections merged, values and lists replaced.</returns>
    /// <exception cref="UsageException">No such file, not YAML, or an override that is not key=value.</exception>
    public static YamlTree Load(string? path, IEnumerable<string>? overrides = null)
    {
        YamlTree tree = YamlTree.Empty;
        if (path is not null)
        {
            string beneath = Path.Combine(Path.GetDirectoryName(path) ?? "", BaseName);
            if (Path.GetFileName(path) != BaseName && File.Exists(beneath))
            {
                tree = tree.MergedWith(Read(beneath));
            }

            tree = tree.MergedWith(Read(path));
        }

        return WithOverrides(tree, overrides);
    }

    /// <summary>Reads a configuration from text: that of a stored run.</summary>
    /// <param name="yaml">The whole configuration.</param>
    /// <param name="origin">Where it came from, for messages.</param>
    /// <param name="overrides">As for <see cref="Load"/>.</param>
    /// <exception cref="UsageException">Not YAML, or an override that is not key=value.</exception>
    public static YamlTree Parse(string yaml, string origin, IEnumerable<string>? overrides = null) =>
        WithOverrides(YamlText.Parse(yaml, origin), overrides);

    private static YamlTree WithOverrides(YamlTree tree, IEnumerable<string>? overrides) =>
        (overrides ?? []).Aggregate(tree, (merged, text) => merged.MergedWith(Override(text)));

    private static YamlTree Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new UsageException(path, "no such configuration file");
        }

        return YamlText.Parse(File.ReadAllText(path), path);
    }

    private static YamlTree Override(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? "" : text[..equals].Trim();
        if (key.Length == 0 || key.Split('.').Any(part => part.Length == 0))
        {
            throw new UsageException("--set", $"\"{text}\" is not key=value, expected for example TRAIN.LR.INIT=0.001");
        }

        var tree = new YamlTree();
        tree.Set(key, YamlText.ParseValue(text[(equals + 1)..], key));
        return tree;
    }
}
