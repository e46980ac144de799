namespace UnetSpikes.Onnx;

public static partial class Ops
{
    /// <summary>condition ? then : otherwise, only one of them computed. Both may use any value of <paramref name="g"/> that exists.</summary>
    /// <param name="g">The graph.</param>
    /// <param name="condition">One Bool.</param>
    /// <param name="then">Builds a branch and gives its results.</param>
    /// <param name="otherwise">Builds the other; as many results, of the same types.</param>
    /// <returns>The results, with what is common to the shapes of both branches.</returns>
    /// <exception cref="Core.GraphException">The branches differ in number or types of results.</exception>
    public static IReadOnlyList<Value> If(
        this Graph g, Value condition, Func<Graph, IReadOnlyList<Value>> then, Func<Graph, IReadOnlyList<Value>> otherwise)
    {
        Graph a = Finished("then", then);
        Graph b = Finished("else", otherwise);
        return g.AddNode("If", [condition], a.Outputs.Count, new() { { "then_branch", a }, { "else_branch", b } }).Outputs;

        Graph Finished(string name, Func<Graph, IReadOnlyList<Value>> build)
        {
            var branch = Graph.Branch(g, name);
            foreach (Value result in build(branch))
            {
                branch.AddResult(result);
            }

            return branch;
        }
    }
}
