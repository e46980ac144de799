using UnetSpikes.Onnx;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

/// <summary>onnx's own checker reads what we write. Skipped where Debian's python3-onnx is not installed.</summary>
public class OnnxCheckerTests
{
    private const string Python = "/usr/bin/python3";

    [SkippableFact]
    public void The_standards_checker_accepts_what_is_written()
    {
        Skip.IfNot(Run("import onnx").IsSuccess, "python3-onnx is not installed (apt-get install python3-onnx)");
        string folder = Directory.CreateTempSubdirectory("onnx-check").FullName;
        try
        {
            Graph[] graphs = [SampleGraphs.Everything(), SampleGraphs.EveryType(), .. Enumerable.Range(0, 20).Select(seed => SampleGraphs.Random(seed, 30))];
            string[] paths = [.. graphs.Select((_, i) => Path.Combine(folder, $"{i}.onnx"))];
            foreach ((Graph graph, string path) in graphs.Zip(paths))
            {
                File.WriteAllBytes(path, GraphWriter.ToBytes(graph));
            }

            (bool isSuccess, string output) = Run(
                """
                import sys, onnx
                for path in sys.argv[1:]:
                    model = onnx.load(path)
                    onnx.checker.check_model(model)
                    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
                    print(model.ir_version, model.opset_import[0].version, model.producer_name, len(model.graph.node))
                """,
                paths);

            Assert.True(isSuccess, output);
            Assert.Equal(graphs.Select(g => $"8 17 UnetSpikes {g.Nodes.Count}"), output.Trim().Split('\n'));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [SkippableFact]
    public void The_standards_checker_refuses_a_broken_graph()
    {
        Skip.IfNot(Run("import onnx").IsSuccess, "python3-onnx is not installed (apt-get install python3-onnx)");
        Graph graph = SampleGraphs.EveryType();
        graph.KeepInitializers(_ => false);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, GraphWriter.ToBytes(graph));

            (bool isSuccess, string output) = Run("import sys, onnx; onnx.checker.check_model(onnx.load(sys.argv[1]))", path);

            Assert.False(isSuccess);
            Assert.Contains("ValidationError", output);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (bool IsSuccess, string Output) Run(string program, params string[] arguments) => OtherProgram.Run(Python, ["-c", program, .. arguments]);
}
