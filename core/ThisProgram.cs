namespace UnetSpikes.Core;

/// <summary>How this very program is started again, as a child, a reader process or by a batch script.</summary>
public static class ThisProgram
{
    /// <summary>The words before a verb: the executable, or <c>dotnet</c> and the assembly it was given, with full paths.</summary>
    public static IReadOnlyList<string> Words { get; } = Find();

    private static string[] Find()
    {
        string host = Environment.ProcessPath ?? "dotnet";
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, Path.GetFullPath(Environment.GetCommandLineArgs()[0])] : [host];
    }
}
