using System.Reflection;

namespace UnetSpikes.App;

/// <summary>The program's own version.</summary>
internal static class ProgramVersion
{
    /// <summary>Version and commit, such as "0.1.0+1a2b3c".</summary>
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
