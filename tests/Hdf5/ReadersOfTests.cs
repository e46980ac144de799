using System.Runtime.CompilerServices;
using UnetSpikes.Hdf5.Readers;

namespace UnetSpikes.Tests.Hdf5;

/// <summary>The test host has no verbs: reader processes run this assembly's own Main.</summary>
internal static class ReadersOfTests
{
    [ModuleInitializer]
    internal static void Choose() => ReaderProgram.Current = new ReaderProgram("dotnet", [typeof(ReadersOfTests).Assembly.Location, ReaderProgram.Verb]);
}
