namespace UnetSpikes.Onnx.Untrusted;

/// <summary>What a node can take: names that were given or computed before it, in its graph or one around it.</summary>
/// <param name="outer">Of the graph around a branch.</param>
internal sealed class Scope(Scope? outer)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _whole = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _constants = new(StringComparer.Ordinal);

    /// <summary>Whether this graph itself has a value of that name.</summary>
    public bool Has(string name) => _names.Contains(name);

    /// <summary>Whether a value can be taken.</summary>
    public bool Sees(string name) => Has(name) || (outer?.Sees(name) ?? false);

    /// <summary>Adds a value.</summary>
    /// <returns>False where there is one of that name: ONNX has each name once.</returns>
    public bool TryAdd(string name) => !Sees(name) && _names.Add(name);

    /// <summary>Whether a value may be whole numbers (<see cref="WholeNumbers"/>).</summary>
    public bool IsWhole(string name) => _whole.Contains(name) || (outer?.IsWhole(name) ?? false);

    /// <summary>Notes that a value may be whole numbers.</summary>
    public void MarkWhole(string name) => _whole.Add(name);

    /// <summary>Notes what a value is, where that is known.</summary>
    public void Keep(string name, Tensor constant) => _constants[name] = constant;

    /// <summary>What a value is; null where it is computed.</summary>
    public Tensor? Constant(string name) => _constants.GetValueOrDefault(name) ?? outer?.Constant(name);
}
