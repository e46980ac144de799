namespace UnetSpikes.Tests.Support;

public static partial class ReferenceEvaluator
{
    private static Dictionary<(string Domain, string Operator), Func<ReferenceCall, ReferenceTensor[]>> ReductionTable() => new()
    {
        [("", "ReduceSum")] = c => Reduce(c, entries => entries.Sum()),
        [("", "ReduceMean")] = c => Reduce(c, entries => entries.Average()),
        [("", "ReduceMax")] = c => Reduce(c, entries => entries.Max()),
        [("", "ReduceMin")] = c => Reduce(c, entries => entries.Min()),
        [("", "ReduceSumSquare")] = c => Reduce(c, entries => entries.Sum(x => x * x)),
        [("", "ReduceL2")] = c => Reduce(c, entries => Math.Sqrt(entries.Sum(x => x * x))),
        [("", "Softmax")] = c => AlongAxis(c, (x, line) => Math.Exp(x - line.Max()) / line.Sum(other => Math.Exp(other - line.Max()))),
        [("", "LogSoftmax")] = c => AlongAxis(c, (x, line) => x - line.Max() - Math.Log(line.Sum(other => Math.Exp(other - line.Max())))),
    };

    private static ReferenceTensor[] Reduce(ReferenceCall c, Func<IEnumerable<double>, double> f)
    {
        long[] given = c.Attributes.Ints("axes") ?? c.Optional(1)?.ToInt64() ?? [];
        if (given.Length == 0 && c.Attributes.Int("noop_with_empty_axes", 0) != 0)
        {
            return [c.X];
        }

        int[] axes = given.Length == 0 ? [.. Enumerable.Range(0, c.X.Rank)] : [.. given.Select(c.FromFront)];
        long[] kept = [.. c.X.Dims.Select((d, i) => axes.Contains(i) ? 1 : d)], reduced = [.. c.X.Dims.Select((d, i) => axes.Contains(i) ? d : 1)];
        ReferenceTensor result = ReferenceTensor.Build(
            c.X.Type, kept, i => f(ReferenceTensor.Indices(reduced).Select(r => c.X[[.. i.Zip(r, (a, b) => a + b)]])));
        bool isKept = c.Attributes.Int("keepdims", 1) != 0;
        return [new(result.Type, result.Data, isKept ? kept : [.. kept.Where((_, i) => !axes.Contains(i))])];
    }

    private static ReferenceTensor[] AlongAxis(ReferenceCall c, Func<double, double[], double> f)
    {
        int axis = c.Axis(-1);
        return [ReferenceTensor.Build(c.X.Type, c.X.Dims, i => f(
            c.X[i], [.. Enumerable.Range(0, (int)c.X.Dims[axis]).Select(k => c.X[With(i, axis, k)])]))];
    }
}
