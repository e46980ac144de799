using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using UnetSpikes.Tests.Architecture;
using Xunit;

namespace UnetSpikes.Tests.Web;

/// <summary>The scripts beside this file, run by node: the page in headless Chromium through Playwright, or its modules alone.</summary>
internal static class PageBrowser
{
    private static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>Skips a test where something it needs is not installed.</summary>
    public static void RequireBrowser()
    {
        RequireNode("playwright-core");
        Skip.IfNot(Browsers.Any(IsOnPath), "no Chromium or Chrome is installed (scripts/setup.sh --tests installs it on Debian)");
    }

    /// <summary>Skips a test where node or an npm package is not installed.</summary>
    public static void RequireNode(string? package = null)
    {
        Skip.IfNot(IsOnPath("node"), "node is not installed (scripts/setup.sh --tests)");
        Skip.If(package is not null && !Directory.Exists(Path.Combine(SourceTree.Root, "node_modules", package)), $"npm package {package} is not installed (scripts/setup.sh --tests)");
    }

    /// <summary>Runs a check of <c>checks/</c> on a page, and insists that the console stayed silent and that nothing but the page's own host was asked.</summary>
    /// <param name="check">Its file's name.</param>
    /// <param name="page">The page.</param>
    /// <param name="folder">Receives downloads.</param>
    /// <param name="arguments">The check's own.</param>
    /// <returns>What it observed.</returns>
    public static JsonElement Check(string check, Uri page, string folder, params string[] arguments)
    {
        JsonElement observed = CheckLoudly(check, page, folder, arguments);
        Assert.Equal([], observed.GetProperty("complaints").EnumerateArray().Select(line => line.GetString()));
        return observed;
    }

    /// <summary>The same where the console is to complain.</summary>
    public static JsonElement CheckLoudly(string check, Uri page, string folder, params string[] arguments)
    {
        JsonElement observed = Node("browser.mjs", "", [check, page.AbsoluteUri, folder, .. arguments]);
        string origin = page.GetLeftPart(UriPartial.Authority) + "/";
        Assert.All(observed.GetProperty("requests").EnumerateArray(), request =>
            Assert.StartsWith(origin, request.GetString()!.Replace("blob:", "", StringComparison.Ordinal), StringComparison.Ordinal));
        return observed;
    }

    /// <summary>Asks the page's modules a question, without a browser.</summary>
    public static JsonElement Ask(string question, object argument) => Node("modules.mjs", JsonSerializer.Serialize(new { question, argument }));

    /// <summary>Runs a program and gives its exit code and everything it said.</summary>
    public static (int Code, string Output) Run(string program, string input, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors.Result);
    }

    private static JsonElement Node(string script, string input, params string[] arguments)
    {
        (int code, string output) = Run("node", input, [Script(script), .. arguments]);
        Assert.True(code == 0, output);
        return JsonDocument.Parse(output).RootElement;
    }

    private static string Script(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
