using UnetSpikes.Core;
using UnetSpikes.Runtime;
using Xunit;

namespace UnetSpikes.Tests.Runtime;

public class BoundRunTests
{
    private static readonly TensorSpec X = new("x", ElementType.Float, 4, 3);
    private static readonly TensorSpec Y = new("y", ElementType.Float, 4, 3);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_run_reads_the_input_buffer_and_fills_the_output(bool onDevice)
    {
        using OnnxSession session = Fixtures.Open("dynamic_batch");
        using var run = new BoundRun(session, [X], [Y with { OnDevice = onDevice }]);
        var y = new float[12];

        for (int i = 0; i < 3; i++)
        {
            run.Input<float>("x").Fill(i);
            run.Run();
            if (onDevice)
            {
                run.ReadOutput("y", y);
            }
            else
            {
                run.Output<float>("y").CopyTo(y);
            }

            Assert.All(y, v => Assert.Equal((2 * i) + 1, v));
        }
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using OnnxSession session = Fixtures.Open("dynamic_batch");
        using var run = new BoundRun(session, [X], [Y]);
        run.Run();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            run.Input<float>("x")[0] = i;
            run.Run();
            _ = run.Output<float>("y")[0];
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Buffers_that_do_not_fit_the_model_are_refused()
    {
        using OnnxSession session = Fixtures.Open("dynamic_batch");

        Assert.Contains("'x' is not fed", Assert.Throws<SessionException>(() => new BoundRun(session, [], [Y])).Message, StringComparison.Ordinal);
        Assert.Contains("expected y: Float [?, 3]", Assert.Throws<SessionException>(() => new BoundRun(session, [X], [new("y", ElementType.Float, 4, 2)])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new BoundRun(session, [X, X], [Y]));
        Assert.Throws<ArgumentException>(() => new BoundRun(session, [X], [Y, Y with { OnDevice = true }]));
    }

    [Fact]
    public void An_output_of_another_batch_than_the_inputs_is_refused_when_run()
    {
        using OnnxSession session = Fixtures.Open("dynamic_batch");
        using var run = new BoundRun(session, [X], [new("y", ElementType.Float, 5, 3)]);

        var e = Assert.Throws<SessionException>(run.Run);

        Assert.Contains("dynamic_batch.onnx: running: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_names_and_types_are_the_callers_mistake()
    {
        using OnnxSession session = Fixtures.Open("dynamic_batch");
        using var run = new BoundRun(session, [X], [Y]);

        Assert.Throws<ArgumentException>(() => { _ = run.Input<float>("y"); });
        Assert.Throws<ArgumentException>(() => { _ = run.Input<double>("x"); });
        Assert.Throws<ArgumentException>(() => run.ReadOutput("y", new float[12]));
    }

    [Fact]
    public void The_session_disposes_what_is_bound_to_it_first()
    {
        OnnxSession session = Fixtures.Open("dynamic_batch");
        var run = new BoundRun(session, [X], [Y]);
        session.Dispose();

        Assert.Throws<ObjectDisposedException>(run.Run);
        Assert.Throws<ObjectDisposedException>(() => { _ = run.Output<float>("y"); });
        run.Dispose();
    }

    [Fact]
    public void A_span_taken_before_disposal_is_still_memory_afterwards()
    {
        OnnxSession session = Fixtures.Open("dynamic_batch");
        var run = new BoundRun(session, [X], [Y]);
        Span<float> x = run.Input<float>("x");
        run.Run();
        ReadOnlySpan<float> y = run.Output<float>("y");
        session.Dispose();

        x.Fill(3);

        Assert.Equal(1f, y[11]);
    }
}
