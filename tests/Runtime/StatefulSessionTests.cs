using UnetSpikes.Core;
using UnetSpikes.Runtime;
using Xunit;

namespace UnetSpikes.Tests.Runtime;

public class StatefulSessionTests
{
    // 500 steps of float32 against double; a product of 8 terms rounds to about 1e-7, and gradient descent forgets old rounding.
    private const double Float32 = 2e-5;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Swapped_bindings_follow_an_unswapped_reference_over_many_steps(bool inDeviceMemory)
    {
        using OnnxSession session = Fixtures.Open("sgd_step");
        var rng = new Rng(7, "test");
        float[] p = Sgd.Random(12, rng);
        double[] expected = [.. p.Select(v => (double)v)];
        using StatefulSession step = Sgd.Bind(session, p, inDeviceMemory);
        var actual = new float[12];
        var count = new long[1];

        for (int i = 1; i <= 500; i++)
        {
            Sgd.FillFeeds(step, rng);
            double loss = Sgd.Reference(expected, step.Feed("x"), step.Feed("t"));
            step.Step();

            Assert.Equal(loss, step.Fetch("loss"), Float32 * Math.Max(1, loss));
            step.ReadState<float>("p", actual);
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Float32));
            step.ReadState<long>("steps", count);
            Assert.Equal(i, count[0]);
        }

        Assert.Equal(500, step.Steps);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void State_written_between_steps_is_what_the_next_step_reads(bool inDeviceMemory)
    {
        using OnnxSession session = Fixtures.Open("sgd_step");
        using StatefulSession step = Sgd.Bind(session, new float[12], inDeviceMemory);
        var read = new float[12];
        float[] written = [.. Enumerable.Range(1, 12).Select(i => (float)i)];

        for (int before = 0; before < 4; before++)   // both bindings, and a state never stepped
        {
            step.WriteState<float>("p", new float[12]);
            step.WriteState<float>("p", written);
            step.ReadState<float>("p", read);
            Assert.Equal(written, read);

            Sgd.FillFeeds(step, new Rng(3, "test"));
            double[] expected = [.. written.Select(v => (double)v)];
            _ = Sgd.Reference(expected, step.Feed("x"), step.Feed("t"));
            step.Step();

            step.ReadState<float>("p", read);
            Assert.All(expected.Zip(read), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Saving_and_loading_the_state_continues_bit_for_bit(bool inDeviceMemory)
    {
        using OnnxSession session = Fixtures.Open("sgd_step");
        float[] p = Sgd.Random(12, new Rng(1, "test"));
        float[] whole = Run(Sgd.Bind(session, p, inDeviceMemory), 20, new Rng(2, "test"));

        var rng = new Rng(2, "test");
        float[] half = Run(Sgd.Bind(session, p, inDeviceMemory), 11, rng);
        float[] resumed = Run(Sgd.Bind(session, half, inDeviceMemory), 9, rng);

        Assert.Equal(whole, resumed);

        static float[] Run(StatefulSession step, int steps, Rng rng)
        {
            using (step)
            {
                for (int i = 0; i < steps; i++)
                {
                    Sgd.FillFeeds(step, rng);
                    step.Step();
                }

                var state = new float[12];
                step.ReadState<float>("p", state);
                return state;
            }
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        using OnnxSession session = Fixtures.Open("sgd_step");
        using StatefulSession step = Sgd.Bind(session, new float[12]);
        step.Step();
        step.Step();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            step.Feed("x").Fill(i);
            step.Step();
            _ = step.Fetch("loss");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_callers_arrays_are_copied_not_kept()
    {
        using OnnxSession session = Fixtures.Open("sgd_step");
        float[] p = Sgd.Random(12, new Rng(1, "test"));
        float[] original = [.. p];
        using StatefulSession step = Sgd.Bind(session, p);
        Array.Clear(p);

        var read = new float[12];
        step.ReadState<float>("p", read);

        Assert.Equal(original, read);
    }

    [Fact]
    public void Feeds_of_other_types_are_bound_too()
    {
        using OnnxSession session = Fixtures.Open("every_type");
        using var step = new StatefulSession(
            session,
            [new StatePair("f64", "f64_out", HostTensor.Of([1.0, 2.0], 2))],
            [new("f32", ElementType.Float, 2), new("i64", ElementType.Int64, 2), new("i32", ElementType.Int32, 2), new("b8", ElementType.Bool, 2), new("u8", ElementType.UInt8, 2)],
            [new("i64_out", ElementType.Int64, 2), new("b8_out", ElementType.Bool, 2), new("u8_out", ElementType.UInt8, 2)]);
        step.Feed<long>("i64")[1] = 42;
        step.Feed<bool>("b8")[0] = true;
        step.Feed<byte>("u8")[1] = 200;

        step.Step();

        Assert.Equal([0L, 42L], step.Fetch<long>("i64_out").ToArray());
        Assert.Equal([true, false], step.Fetch<bool>("b8_out").ToArray());
        Assert.Equal([0, 200], step.Fetch<byte>("u8_out").ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_that_fails_leaves_the_state_as_it_was(bool inDeviceMemory)
    {
        using OnnxSession session = Fixtures.Open("gather");
        using var step = new StatefulSession(
            session,
            [new StatePair("s", "s_out", HostTensor.Of([1f], 1))],
            [new("x", ElementType.Float, 3), new("i", ElementType.Int64, 1)],
            [],
            inDeviceMemory);
        step.Feed("x")[2] = 5;
        step.Feed<long>("i")[0] = 2;
        step.Step();
        step.Feed<long>("i")[0] = 9;

        Assert.Throws<SessionException>(step.Step);

        var state = new float[1];
        step.ReadState<float>("s", state);
        Assert.Equal(6f, state[0]);
        step.Feed<long>("i")[0] = 2;
        step.Step();
        step.ReadState<float>("s", state);
        Assert.Equal(11f, state[0]);
        Assert.Equal(2, step.Steps);
    }

    [Fact]
    public void What_does_not_fit_the_model_is_refused()
    {
        using OnnxSession session = Fixtures.Open("sgd_step");
        TensorSpec x = new("x", ElementType.Float, 8, 4);
        TensorSpec t = new("t", ElementType.Float, 8, 3);
        TensorSpec lr = new("lr", ElementType.Float);
        var p = new StatePair("p", "p_out", HostTensor.Of(new float[12], 4, 3));
        var steps = new StatePair("steps", "steps_out", HostTensor.Of(new long[1], 1));

        Assert.Contains("'lr' is not fed", Refused([p, steps], [x, t]), StringComparison.Ordinal);
        Assert.Contains("'p' is Float [3, 4], expected p: Float [4, 3]", Refused([p with { Initial = HostTensor.Of(new float[12], 3, 4) }, steps], [x, t, lr]), StringComparison.Ordinal);
        Assert.Contains("output 'steps_out' is Float [4, 3], expected steps_out: Int64 [1]", Refused([p with { Output = "steps_out" }, steps with { Output = "p_out" }], [x, t, lr]), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new StatefulSession(session, [p, steps], [x, t, lr, x], []));
        Assert.Throws<ArgumentException>(() => new StatefulSession(session, [p, steps], [x, t, lr], [new("p_out", ElementType.Float, 4, 3)]));

        string Refused(StatePair[] state, TensorSpec[] feeds) =>
            Assert.Throws<SessionException>(() => new StatefulSession(session, state, feeds, [])).Message;
    }

    [Fact]
    public void Reading_or_writing_another_length_or_type_is_the_callers_mistake()
    {
        using OnnxSession session = Fixtures.Open("sgd_step");
        using StatefulSession step = Sgd.Bind(session, new float[12]);

        Assert.Throws<ArgumentException>(() => step.ReadState<float>("p", new float[11]));
        Assert.Throws<ArgumentException>(() => step.WriteState<float>("p", new float[13]));
        Assert.Throws<ArgumentException>(() => step.ReadState<long>("p", new long[12]));
        Assert.Throws<ArgumentException>(() => step.ReadState<float>("q", new float[12]));
        Assert.Throws<ArgumentException>(() => { _ = step.Feed("p"); });
        Assert.Throws<ArgumentException>(() => step.Fetch("p_out"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Disposed_with_its_session_or_before_it_never_crashes(bool inDeviceMemory)
    {
        OnnxSession session = Fixtures.Open("sgd_step");
        StatefulSession first = Sgd.Bind(session, new float[12], inDeviceMemory);
        StatefulSession second = Sgd.Bind(session, new float[12], inDeviceMemory);
        second.Step();
        second.ReadState<float>("p", new float[12]);
        first.Dispose();
        first.Dispose();
        session.Dispose();
        second.Dispose();

        Assert.Throws<ObjectDisposedException>(first.Step);
        Assert.Throws<ObjectDisposedException>(second.Step);
        Assert.Throws<ObjectDisposedException>(() => { _ = second.Feed("x"); });
        Assert.Throws<ObjectDisposedException>(() => second.ReadState<float>("p", new float[12]));
    }
}
