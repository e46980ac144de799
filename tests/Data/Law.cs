using FsCheck;
using FsCheck.Fluent;

namespace UnetSpikes.Tests.Data;

/// <summary>A law checked on random samples from a fixed seed; a failure prints the sample.</summary>
internal static class Law
{
    public static void Holds<T>(Gen<T> samples, int count, Func<T, bool> law) =>
        Prop.ForAll(samples.ToArbitrary(), law).Check(
            Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(20240917, 1));
}
