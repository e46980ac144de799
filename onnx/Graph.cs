using UnetSpikes.Core;

namespace UnetSpikes.Onnx;

/// <summary>An ONNX graph under construction: values and the nodes that compute them, always in an order that can be run.</summary>
/// <remarks>
/// A node can only use values that exist, so the graph is acyclic by construction, and its type and shapes are
/// inferred as it is added; a wrong node fails where it is written, not when a session is made.
/// The inference rule of every operator is in <see cref="Operators"/>.
/// </remarks>
public sealed partial class Graph
{
    /// <summary>The domain of ONNX Runtime's fused operators.</summary>
    public const string MicrosoftDomain = "com.microsoft";

    /// <summary>The opset unless another is asked for: the newest that onnx 1.12 knows, and the first with LayerNormalization.</summary>
    public const int UsualOpset = 17;

    private readonly List<Value> _inputs = [];
    private readonly List<Value> _initializers = [];
    private readonly List<Value> _outputs = [];
    private readonly List<Node> _nodes = [];

    /// <summary>Starts an empty graph.</summary>
    /// <param name="name">The graph's name in the file.</param>
    public Graph(string name)
    {
        Name = name;
        _allNames = [];
    }

    private Graph(Graph outer, string name)
    {
        Name = name;
        Opset = outer.Opset;
        Outer = outer;
        _allNames = outer._allNames;
        _scope = outer._scope.Length == 0 ? name : $"{outer._scope}.{name}";
    }

    /// <summary>The graph's name in the file.</summary>
    public string Name { get; }

    /// <summary>The graph whose values a branch sees; null for a whole model.</summary>
    public Graph? Outer { get; }

    /// <summary>The default domain's opset version the file declares, and by which nodes are checked.</summary>
    public int Opset { get; init; } = UsualOpset;

    /// <summary>Inputs in order.</summary>
    public IReadOnlyList<Value> Inputs => _inputs;

    /// <summary>Constants in order.</summary>
    public IReadOnlyList<Value> Initializers => _initializers;

    /// <summary>Outputs in order.</summary>
    public IReadOnlyList<Value> Outputs => _outputs;

    /// <summary>Nodes, each after those it depends on.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>metadata_props of the file.</summary>
    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Starts a branch of an If node that will be added to <paramref name="outer"/>.</summary>
    /// <remarks>
    /// A branch has no inputs: its nodes use the values of the graph around it directly (ONNX binds them by name),
    /// and only values that exist before the If node is added. <see cref="Ops.If"/> does all of it.
    /// </remarks>
    /// <param name="outer">The graph around it; may be a branch itself.</param>
    /// <param name="name">The branch's name in the file, and the first level of the names in it.</param>
    public static Graph Branch(Graph outer, string name) => new(outer, name);

    /// <summary>Declares an input.</summary>
    /// <param name="name">Its name; must be new.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Axes; symbols for dynamic ones.</param>
    public Value AddInput(string name, ElementType type, Shape shape)
    {
        var value = new Value(this, Claim(name), type, shape);
        _inputs.Add(value);
        return value;
    }

    /// <summary>Adds a constant.</summary>
    /// <param name="tensor">Its numbers.</param>
    /// <param name="name">A name, made unique if taken; by default one of the scope's.</param>
    public Value AddInitializer(Tensor tensor, string? name = null)
    {
        var value = new Value(this, name is null ? Unique(Scoped("const")) : Unique(name), tensor.Type, Shape.Of(tensor.Dims), tensor);
        _initializers.Add(value);
        return value;
    }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="opType">The operator.</param>
    /// <param name="inputs">Its inputs; null where an optional one is left out.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="domain">Empty for ONNX's own operators.</param>
    /// <returns>The output, its type and shape inferred.</returns>
    /// <exception cref="GraphException">Unknown operator, wrong arity, a foreign or dangling value, shapes that do not fit.</exception>
    public Value Add(string opType, IReadOnlyList<Value?> inputs, Attributes? attributes = null, string domain = "") =>
        AddNode(opType, inputs, 1, attributes, domain).Output;

    /// <summary>Adds a node.</summary>
    /// <param name="opType">The operator.</param>
    /// <param name="inputs">Its inputs; null where an optional one is left out.</param>
    /// <param name="outputCount">How many of its outputs are wanted, from the first.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="domain">Empty for ONNX's own operators.</param>
    /// <param name="name">Its name; by default one made of the scope and the operator.</param>
    /// <param name="outputNames">The outputs' names; by default the node's own, made unique; an empty one leaves an optional output out.</param>
    /// <exception cref="GraphException">Unknown operator, wrong arity, a foreign or dangling value, shapes that do not fit.</exception>
    public Node AddNode(
        string opType,
        IReadOnlyList<Value?> inputs,
        int outputCount = 1,
        Attributes? attributes = null,
        string domain = "",
        string? name = null,
        IReadOnlyList<string>? outputNames = null)
    {
        string nodeName = UniqueNode(name ?? Scoped(opType));
        var outputs = new Value[outputCount];
        for (int i = 0; i < outputCount; i++)
        {
            string output = outputNames is null ? Unique($"{nodeName}:{i}") : outputNames[i].Length == 0 ? "" : Claim(outputNames[i]);
            outputs[i] = new Value(this, output, ElementType.Undefined, null);
        }

        var node = new Node(nodeName, opType, domain, inputs, attributes ?? Attributes.None, outputs);
        CheckOwners(node);
        Operators.Infer(node, Opset);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Declares an output and gives the value that name.</summary>
    /// <param name="value">A value of this graph.</param>
    /// <param name="name">The output's name; must be new.</param>
    /// <returns>The output value (the same one, renamed; a copy where the value is an input, a constant or already an output).</returns>
    public Value AddOutput(Value value, string name)
    {
        bool mayRename = value.Producer is not null && value.Owner == this && !_outputs.Contains(value);
        Value output = mayRename ? value : Add("Identity", [value]);
        if (output.Name != name)
        {
            string old = output.Name;
            output.Name = Claim(name);
            Release(old);
        }

        _outputs.Add(output);
        return output;
    }

    /// <summary>Declares an output under a name of its own, or a copy of it where the value is not computed here: for branches.</summary>
    /// <param name="value">A value this graph sees.</param>
    internal void AddResult(Value value)
    {
        bool isOwn = value.Producer is not null && value.Owner == this && !_outputs.Contains(value);
        _outputs.Add(isOwn ? value : Add("Identity", [value]));
    }

    /// <summary>Values of the graphs around this branch that it uses, in order of use; a value may come more than once.</summary>
    public IEnumerable<Value> Captured() => _nodes.SelectMany(n => n.Uses()).Where(v => v.Owner != this);

    /// <summary>Declares an output under the name it has: for readers.</summary>
    /// <param name="value">A value of this graph.</param>
    internal void DeclareOutput(Value value) => _outputs.Add(value);

    /// <summary>Names what is added until the scope is disposed: <c>down.0.conv1/Conv</c>.</summary>
    /// <param name="name">One level of the path.</param>
    public IDisposable Scope(string name) => new NameScope(this, name);

    /// <summary>Replaces the nodes, in an order that can be run: for passes.</summary>
    /// <param name="nodes">The nodes to keep.</param>
    internal void ReplaceNodes(IEnumerable<Node> nodes)
    {
        Node[] kept = [.. nodes];
        foreach (Value gone in _nodes.Except(kept).SelectMany(n => n.Outputs))
        {
            Release(gone.Name);
        }

        _nodes.Clear();
        _nodes.AddRange(kept);
    }

    /// <summary>Takes all nodes out, their names still claimed: for passes that put most of them back with <see cref="Append"/>.</summary>
    internal Node[] TakeNodes()
    {
        Node[] nodes = [.. _nodes];
        _nodes.Clear();
        return nodes;
    }

    /// <summary>Puts a node behind the others: for passes that go through the nodes in order.</summary>
    /// <param name="node">One of this graph's own.</param>
    internal void Append(Node node) => _nodes.Add(node);

    /// <summary>Forgets constants nothing uses: for passes.</summary>
    /// <param name="isUsed">Whether to keep one.</param>
    internal void KeepInitializers(Predicate<Value> isUsed)
    {
        foreach (Value gone in _initializers.Where(v => !isUsed(v)))
        {
            Release(gone.Name);
        }

        _initializers.RemoveAll(v => !isUsed(v));
    }

    /// <summary>A node sees the values of its own graph and of those around it, and owns its branches.</summary>
    private void CheckOwners(Node node)
    {
        foreach (Value? value in node.Inputs)
        {
            if (value is not null && !Sees(value))
            {
                throw new GraphException(node.Name, node.OpType, $"input '{value.Name}' belongs to another graph ('{value.Owner.Name}')");
            }
        }

        foreach ((string name, object attribute) in node.Attributes)
        {
            if (attribute is Graph branch && branch.Outer != this)
            {
                throw new GraphException(node.Name, node.OpType, $"attribute '{name}' is not a branch of this graph: it must be made by Graph.Branch");
            }
        }
    }

    /// <summary>Whether a value is of this graph or of one around it.</summary>
    /// <param name="value">A value of any graph.</param>
    internal bool Sees(Value value)
    {
        Graph? graph = this;
        while (graph is not null && graph != value.Owner)
        {
            graph = graph.Outer;
        }

        return graph is not null;
    }
}
