using Xunit;

namespace UnetSpikes.Tests.Support;

/// <summary>
/// For classes that start other programs: they run alone, after the rest. A child inherits the HDF5 library's open files (it does
/// not set O_CLOEXEC) with their locks, so that another test, closing such a file and opening it again, would be refused.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SpawnsProcesses
{
    public const string Name = "spawns processes";
}
