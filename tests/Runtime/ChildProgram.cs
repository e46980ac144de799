using System.Diagnostics;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Readers;
using UnetSpikes.Runtime;

namespace UnetSpikes.Tests.Runtime;

/// <summary>
/// The assembly's own Main: what can crash a process, or is measured as a process, runs in a child started by <see cref="LifetimeTests"/>; and reader processes.
/// </summary>
internal static class ChildProgram
{
    internal static int Main(string[] args)
    {
        switch (args)
        {
            case [ReaderProgram.Verb]:
                return ReaderServer.Run();
            case ["churn", string sessions]:
                Churn(int.Parse(sessions, System.Globalization.CultureInfo.InvariantCulture));
                return 0;
            case ["steps", string steps]:
                Steps(int.Parse(steps, System.Globalization.CultureInfo.InvariantCulture));
                return 0;
            default:
                Console.Error.WriteLine("usage: UnetSpikes.Tests churn SESSIONS | steps STEPS");
                return 2;
        }
    }

    /// <summary>Sessions made, run and disposed while another thread collects garbage without pause. Prints the resident bytes halfway and at the end.</summary>
    private static void Churn(int sessions)
    {
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() => Collect(stop.Token)) { IsBackground = true };
        collector.Start();
        for (int i = 0; i < sessions; i++)
        {
            OneSession(i);
            if (i == sessions / 2)
            {
                Report();
            }
        }

        stop.Cancel();
        collector.Join();
        Report();
    }

    private static void OneSession(int i)
    {
        var session = new OnnxSession(Fixtures.Bytes("sgd_step"), Fixtures.Quiet with { Threads = 2, Name = "churn" });
        StatefulSession step = Sgd.Bind(session, Sgd.Random(12, new Rng((ulong)i, "test")), inDeviceMemory: i % 3 == 0);
        Sgd.FillFeeds(step, new Rng((ulong)i, "test"));
        for (int n = 0; n < 5; n++)
        {
            step.Step();
        }

        var state = new float[12];
        step.ReadState<float>("p", state);
        if (!float.IsFinite(step.Fetch("loss")) || state.Any(v => !float.IsFinite(v)))
        {
            throw new InvalidOperationException("a step gave no number");
        }

        // Every order of disposal, and every seventh left to the collector.
        switch (i % 7)
        {
            case 0:
                break;
            case 1 or 2:
                step.Dispose();
                session.Dispose();
                break;
            default:
                session.Dispose();
                step.Dispose();
                break;
        }
    }

    /// <summary>Prints the resident bytes after a warm-up of 500 steps, and after all of them.</summary>
    private static void Steps(int steps)
    {
        using var session = new OnnxSession(Fixtures.Bytes("sgd_step"), Fixtures.Quiet with { Threads = 2 });
        using StatefulSession step = Sgd.Bind(session, Sgd.Random(12, new Rng(1, "test")));
        var rng = new Rng(2, "test");
        for (int i = 0; i < steps; i++)
        {
            if (i == 500)
            {
                Report();
            }

            Sgd.FillFeeds(step, rng);
            step.Step();
        }

        Report();
    }

    private static void Collect(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
        }
    }

    private static void Report()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Console.WriteLine(Process.GetCurrentProcess().WorkingSet64);
    }
}
