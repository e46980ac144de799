namespace UnetSpikes.Data.Configuration;

/// <summary>A value of a configuration with the place it was written.</summary>
/// <param name="Items">The scalar's text, or the texts of a list; null for YAML's null (<c>~</c>, empty).</param>
/// <param name="IsList">Whether it was written as a list.</param>
/// <param name="Origin">"lorenz.yaml:12", or "--set" for an override.</param>
internal sealed record YamlLeaf(IReadOnlyList<string>? Items, bool IsList, string Origin);
