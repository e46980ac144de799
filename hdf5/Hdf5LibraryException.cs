using UnetSpikes.Core;

namespace UnetSpikes.Hdf5;

/// <summary>The HDF5 C library is not installed, or is not what it should be. Exit code 5.</summary>
public sealed class Hdf5LibraryException : UnetSpikesException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is missing and the command that installs it.</param>
    /// <param name="inner">The loader's own error, if any.</param>
    public Hdf5LibraryException(string problem, Exception? inner = null)
        : base("HDF5 library: " + problem, inner)
    {
    }

    /// <inheritdoc/>
    public override int ExitCode => 5;
}
