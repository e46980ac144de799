using UnetSpikes.Core;

namespace UnetSpikes.Onnx;

/// <summary>Names. Values and nodes have one namespace each, as ONNX says; a branch may not repeat a name it can see.</summary>
public sealed partial class Graph
{
    private readonly HashSet<string> _names = [];
    private readonly HashSet<string> _nodeNames = [];
    private readonly Dictionary<string, int> _nextSuffix = [];

    /// <summary>Names of values anywhere in the model, branches included: what is made up here is new everywhere.</summary>
    private readonly HashSet<string> _allNames;
    private string _scope = "";

    private string Claim(string name)
    {
        if (name.Length == 0)
        {
            throw new GraphException("", "", "a value has no name");
        }

        for (Graph? graph = this; graph is not null; graph = graph.Outer)
        {
            if (graph._names.Contains(name))
            {
                throw new GraphException(name, "", "the name is used twice in the graph");
            }
        }

        _names.Add(name);
        _allNames.Add(name);
        return name;
    }

    private void Release(string name)
    {
        _names.Remove(name);
        _allNames.Remove(name);
    }

    private string Scoped(string stem) => _scope.Length == 0 ? stem : $"{_scope}/{stem}";

    private string Unique(string name)
    {
        string free = FirstFree(name, _allNames);
        _names.Add(free);
        return free;
    }

    private string UniqueNode(string name) => FirstFree(name, _nodeNames);

    /// <summary>Adds the name to the set, with a number behind it where it is taken.</summary>
    private string FirstFree(string name, HashSet<string> taken)
    {
        if (taken.Add(name))
        {
            return name;
        }

        int suffix = _nextSuffix.GetValueOrDefault(name, 1);
        string candidate;
        do
        {
            candidate = $"{name}.{suffix++}";
        }
        while (!taken.Add(candidate));
        _nextSuffix[name] = suffix;
        return candidate;
    }

    private sealed class NameScope : IDisposable
    {
        private readonly Graph _graph;
        private readonly string _outer;

        public NameScope(Graph graph, string name)
        {
            _graph = graph;
            _outer = graph._scope;
            graph._scope = _outer.Length == 0 ? name : $"{_outer}.{name}";
        }

        public void Dispose() => _graph._scope = _outer;
    }
}
