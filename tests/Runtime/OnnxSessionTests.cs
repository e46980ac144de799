using UnetSpikes.Core;
using UnetSpikes.Runtime;
using Xunit;

namespace UnetSpikes.Tests.Runtime;

public class OnnxSessionTests
{
    [Fact]
    public void A_run_gives_the_models_values_for_any_batch()
    {
        using OnnxSession session = Fixtures.Open("dynamic_batch");

        foreach (int batch in (int[])[1, 5, 0])
        {
            float[] x = [.. Enumerable.Range(0, batch * 3).Select(i => (float)i)];
            HostTensor y = session.Run(Feeds(("x", HostTensor.Of(x, batch, 3))))["y"];

            Assert.Equal([batch, 3], y.Shape);
            Assert.Equal(x.Select(v => (2 * v) + 1), y.Values<float>());
        }
    }

    [Fact]
    public void Every_element_type_goes_in_and_comes_out_unchanged()
    {
        using OnnxSession session = Fixtures.Open("every_type");

        IReadOnlyDictionary<string, HostTensor> y = session.Run(Feeds(
            ("f32", HostTensor.Of([1.5f, -2f], 2)),
            ("f64", HostTensor.Of([1e300, double.NaN], 2)),
            ("i64", HostTensor.Of([long.MaxValue, -1], 2)),
            ("i32", HostTensor.Of([int.MinValue, 7], 2)),
            ("b8", HostTensor.Of([true, false], 2)),
            ("u8", HostTensor.Of(new byte[] { 255, 0 }, 2))));

        Assert.Equal([1.5f, -2f], y["f32_out"].Values<float>());
        Assert.Equal([1e300, double.NaN], y["f64_out"].Values<double>());
        Assert.Equal([long.MaxValue, -1], y["i64_out"].Values<long>());
        Assert.Equal([int.MinValue, 7], y["i32_out"].Values<int>());
        Assert.Equal([true, false], y["b8_out"].Values<bool>());
        Assert.Equal(new byte[] { 255, 0 }, y["u8_out"].Values<byte>());
    }

    [Fact]
    public void Only_the_outputs_asked_for_are_fetched()
    {
        using OnnxSession session = Fixtures.Open("sgd_step");

        IReadOnlyDictionary<string, HostTensor> y = session.Run(SgdFeeds(), ["loss"]);

        Assert.Equal("loss", Assert.Single(y).Key);
        Assert.Empty(y["loss"].Shape);
    }

    [Fact]
    public void A_session_says_what_it_takes_and_gives_and_where_it_runs()
    {
        using OnnxSession session = Fixtures.Open("dynamic_batch");

        Assert.Equal("x: Float [?, 3]", Assert.Single(session.Inputs).ToString());
        Assert.Equal("y: Float [?, 3]", Assert.Single(session.Outputs).ToString());
        Assert.Equal("42", session.Metadata["answer"]);
        Assert.Equal("Lorenz ±", session.Metadata["name"]);
        Assert.Equal(Device.Cpu, session.Device);
        Assert.Equal(new ThreadCount(1, "--threads"), session.Threads);
    }

    [Fact]
    public void The_optimised_graph_is_written_where_asked()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "optimised.onnx");

        using (new OnnxSession(Fixtures.Bytes("sgd_step"), Fixtures.Quiet with { OptimizedModelPath = path, Optimization = GraphOptimization.Extended }))
        {
        }

        using var again = new OnnxSession(File.ReadAllBytes(path), Fixtures.Quiet);
        Assert.Equal(["p_out", "steps_out", "loss"], again.Outputs.Select(o => o.Name));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Theory]
    [InlineData(true, 0f)]
    [InlineData(false, 9.99995e-41f)]
    public async Task Denormals_are_flushed_or_kept_whichever_thread_calls(bool flush, float expected)
    {
        using var session = new OnnxSession(Fixtures.Bytes("denormal"), Fixtures.Quiet with { DenormalsAreZero = flush });

        // A thread that has made no session: ONNX Runtime's own option would not reach it.
        float[] y = [];
        await Task.Factory.StartNew(() => y = session.Run(Feeds(("x", HostTensor.Of([1e-20f, 1e-20f, 1e-20f, 1e-20f], 4))))["y"].Values<float>(), TaskCreationOptions.LongRunning);

        Assert.All(y, v => Assert.Equal(expected, v));
    }

    [Fact]
    public void Running_leaves_the_callers_own_arithmetic_alone()
    {
        using OnnxSession session = Fixtures.Open("denormal");
        _ = session.Run(Feeds(("x", HostTensor.Of(new float[4], 4))));

        float tiny = float.Parse("1e-20", System.Globalization.CultureInfo.InvariantCulture);

        Assert.True(tiny * tiny > 0);
    }

    [Fact]
    public void Garbage_bytes_are_refused_in_one_line_that_names_the_model()
    {
        foreach (byte[] garbage in (byte[][])[[], [1, 2, 3], [.. Fixtures.Bytes("sgd_step").Take(200)], [.. Enumerable.Repeat((byte)0xff, 5000)]])
        {
            var e = Assert.Throws<SessionException>(() => new OnnxSession(garbage, Fixtures.Quiet with { Name = "broken.onnx" }));

            Assert.StartsWith("device cpu: broken.onnx: ONNX Runtime refused the model: ", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
            Assert.Equal(5, e.ExitCode);
        }
    }

    [Fact]
    public void An_unknown_operator_is_refused_by_name()
    {
        var e = Assert.Throws<SessionException>(() => Fixtures.Open("unknown_operator"));

        Assert.Contains("Frobnicate", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_while_running_names_the_model_and_the_node()
    {
        using OnnxSession session = Fixtures.Open("gather");

        var e = Assert.Throws<SessionException>(() => session.Run(Feeds(("x", HostTensor.Of(new float[3], 3)), ("i", HostTensor.Of([7L], 1)), ("s", HostTensor.Of([0f], 1)))));

        Assert.Contains("gather.onnx: running: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("Gather", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Feeds_that_do_not_fit_the_model_are_refused_with_what_it_expects()
    {
        using OnnxSession session = Fixtures.Open("dynamic_batch");
        HostTensor good = HostTensor.Of(new float[3], 1, 3);

        Assert.Contains("'x' is not fed", Refused(Feeds()), StringComparison.Ordinal);
        Assert.Contains("no input 'z', expected one of x", Refused(Feeds(("x", good), ("z", good))), StringComparison.Ordinal);
        Assert.Contains("'x' is Float [1, 4], expected x: Float [?, 3]", Refused(Feeds(("x", HostTensor.Of(new float[4], 1, 4)))), StringComparison.Ordinal);
        Assert.Contains("'x' is Float [3], expected", Refused(Feeds(("x", HostTensor.Of(new float[3], 3)))), StringComparison.Ordinal);
        Assert.Contains("'x' is Double [1, 3], expected", Refused(Feeds(("x", HostTensor.Of(new double[3], 1, 3)))), StringComparison.Ordinal);
        Assert.Contains("no output 'q'", Assert.Throws<SessionException>(() => session.Run(Feeds(("x", good)), ["q"])).Message, StringComparison.Ordinal);

        string Refused(Dictionary<string, HostTensor> feeds) => Assert.Throws<SessionException>(() => session.Run(feeds)).Message;
    }

    [Fact]
    public void An_output_that_is_no_number_is_refused()
    {
        using OnnxSession session = Fixtures.Open("string_output");

        var e = Assert.Throws<SessionException>(() => session.Run(Feeds(("x", HostTensor.Of([1f], 1)))));

        Assert.Contains("'y' is of a type that cannot be fetched", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_session_says_so_and_may_be_disposed_again()
    {
        OnnxSession session = Fixtures.Open("dynamic_batch");
        session.Dispose();
        session.Dispose();

        Assert.Throws<ObjectDisposedException>(() => session.Run(Feeds(("x", HostTensor.Of(new float[3], 1, 3)))));
        Assert.Throws<ObjectDisposedException>(() => new BoundRun(session, [new("x", ElementType.Float, 1, 3)], [new("y", ElementType.Float, 1, 3)]));
    }

    [Fact]
    public void A_tensor_must_hold_as_many_numbers_as_its_shape_says()
    {
        Assert.Throws<ArgumentException>(() => HostTensor.Of(new float[5], 2, 3));
        Assert.Throws<ArgumentException>(() => HostTensor.Of(new float[5], -5, -1));
        Assert.Throws<ArgumentException>(() => HostTensor.Of(new float[5], long.MaxValue, long.MaxValue));
        Assert.Throws<ArgumentException>(() => HostTensor.Of(new short[2], 2));
        Assert.Throws<ArgumentException>(() => HostTensor.Of([1f], 1).Values<double>());
    }

    private static Dictionary<string, HostTensor> Feeds(params (string Name, HostTensor Tensor)[] feeds) => feeds.ToDictionary(f => f.Name, f => f.Tensor);

    private static Dictionary<string, HostTensor> SgdFeeds() => Feeds(
        ("p", HostTensor.Of(new float[12], 4, 3)),
        ("steps", HostTensor.Of(new long[1], 1)),
        ("x", HostTensor.Of(new float[32], 8, 4)),
        ("t", HostTensor.Of(new float[24], 8, 3)),
        ("lr", HostTensor.Scalar(0.1f)));
}
