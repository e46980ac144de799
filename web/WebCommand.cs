using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Web;

/// <summary><c>web</c>: the page that smooths recordings in a browser, served to this machine or written for a static host.</summary>
public static class WebCommand
{
    private const int DefaultPort = 8765;

    private static readonly Option<int> Port = new("--port") { Description = "Port on this machine; 0 takes any that is free.", HelpName = "N", DefaultValueFactory = _ => DefaultPort };

    private static readonly Option<bool> OpenBrowser = new("--open") { Description = "Open the page in the browser." };

    private static readonly Option<string?> Out = new("--out") { Description = "Write the page's files to this folder, for any static host, and serve nothing.", HelpName = "DIR" };

    private static readonly Option<bool> Force = CommonOptions.Force(), Quiet = CommonOptions.Quiet();

    /// <summary>Declares <c>web</c>.</summary>
    public static Command Create()
    {
        var command = new Command("web", "Smooth recordings in a browser: serve the page to this machine (Ctrl-C ends it), or write it for a static host.") { Port, OpenBrowser, Out, Force, Quiet };
        // On a thread of its own from the start: System.CommandLine listens for Ctrl-C only once the action has given way.
        command.SetAction((parsed, cancel) => Task.Run(() => ExecuteAsync(parsed, ToolHost.ConsoleOf(parsed, parsed.GetValue(Quiet), verbose: false), cancel), CancellationToken.None));
        return command;
    }

    private static async Task<int> ExecuteAsync(ParseResult parsed, ToolConsole console, CancellationToken cancel)
    {
        var site = new StaticSite();
        if (parsed.GetValue(Out) is { } folder)
        {
            Write(site, folder, parsed.GetValue(Force), console);
        }
        else
        {
            await ServeAsync(site, parsed.GetValue(Port), parsed.GetValue(OpenBrowser), console, cancel);
        }

        return ExitCode.Success;
    }

    private static void Write(StaticSite site, string folder, bool force, ToolConsole console)
    {
        if (!force && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new UsageException("--out", $"{folder} is not empty; --force overwrites what is there");
        }

        site.WriteTo(folder);
        console.Info(string.Create(CultureInfo.InvariantCulture, $"wrote {site.Paths.Count} files to {folder}"));
    }

    private static async Task ServeAsync(StaticSite site, int port, bool openBrowser, ToolConsole console, CancellationToken cancel)
    {
        if (port is < 0 or > 65535)
        {
            throw new UsageException("--port", string.Create(CultureInfo.InvariantCulture, $"is {port}, expected 1 to 65535, or 0 for any that is free"));
        }

        using WebServer server = WebServer.Start(site, port);
        console.Out.WriteLine(server.Address);
        console.Out.Flush(); // Whoever started us waits for this line.
        console.Info("Ctrl-C ends it");
        if (openBrowser)
        {
            Show(server.Address, console);
        }

        await server.RunAsync(cancel);
    }

    private static void Show(Uri address, ToolConsole console)
    {
        try
        {
            using Process? browser = Process.Start(new ProcessStartInfo(address.AbsoluteUri) { UseShellExecute = true });
        }
        catch (Win32Exception)
        {
            console.Warn($"no browser could be started; open {address}");
        }
    }
}
