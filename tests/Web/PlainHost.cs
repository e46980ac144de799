using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace UnetSpikes.Tests.Web;

/// <summary>A static host as anybody has one: files of a folder, in a sub-folder of the site, and not one header of ours.</summary>
internal sealed class PlainHost : IDisposable
{
    private const string SubFolder = "/some/sub/";

    private readonly HttpListener _listener = new();
    private readonly string _folder;

    public PlainHost(string folder)
    {
        _folder = folder;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        int port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        Page = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{SubFolder}"));
        _listener.Prefixes.Add(new Uri(Page, "/").AbsoluteUri);
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public Uri Page { get; }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            string address = context.Request.Url!.AbsolutePath;
            string path = Path.Combine(_folder, address == SubFolder ? "index.html" : address.Replace(SubFolder, "", StringComparison.Ordinal).TrimStart('/'));
            context.Response.StatusCode = address.StartsWith(SubFolder, StringComparison.Ordinal) && File.Exists(path) ? 200 : 404;
            if (context.Response.StatusCode == 200)
            {
                context.Response.ContentType = Path.GetExtension(path) switch
                {
                    ".html" => "text/html",
                    ".js" or ".mjs" => "text/javascript",
                    ".css" => "text/css",
                    ".svg" => "image/svg+xml",
                    ".wasm" => "application/wasm", // Without it the page works too, and says so in the console.
                    _ => "application/octet-stream",
                };
                await context.Response.OutputStream.WriteAsync(await File.ReadAllBytesAsync(path));
            }

            context.Response.Close();
        }
    }
}
