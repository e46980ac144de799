using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UnetSpikes.Core;

namespace UnetSpikes.Web;

/// <summary>Serves the page to this machine alone.</summary>
/// <remarks>
/// Bound to the loopback address, and requests that name another host are refused (a page elsewhere whose name was made to point here gets nothing).
/// Two headers isolate the page, which is what browsers ask of pages that compute with threads: Cross-Origin-Opener-Policy and
/// Cross-Origin-Embedder-Policy.
/// </remarks>
public sealed class WebServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly StaticSite _site;
    private readonly string _policy;

    private WebServer(HttpListener listener, StaticSite site, int port)
    {
        (_listener, _site, _policy) = (listener, site, site.ContentSecurityPolicy());
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
    }

    /// <summary>What to open in a browser.</summary>
    public Uri Address { get; }

    /// <summary>Starts to listen.</summary>
    /// <param name="site">What is served.</param>
    /// <param name="port">1 to 65535; 0 = any that is free.</param>
    /// <exception cref="UsageException">The port is in use, or not to be had.</exception>
    public static WebServer Start(StaticSite site, int port)
    {
        int chosen = port == 0 ? FreePort() : port;
        var listener = new HttpListener();
        listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{chosen}/"));
        if (IsLocalhostToBeHad())
        {
            listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{chosen}/"));
        }

        try
        {
            listener.Start();
            return new WebServer(listener, site, chosen);
        }
        catch (Exception e) when (e is HttpListenerException or SocketException)
        {
            listener.Close();
            throw new UsageException("--port", string.Create(CultureInfo.InvariantCulture, $"{chosen} cannot be listened on ({e.Message}), expected a free port; --port 0 takes any"));
        }
    }

    /// <summary>Answers requests until it is cancelled.</summary>
    /// <param name="cancel">Ends it.</param>
    public async Task RunAsync(CancellationToken cancel)
    {
        using CancellationTokenRegistration stop = cancel.Register(_listener.Stop);
        while (!cancel.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (cancel.IsCancellationRequested && e is HttpListenerException or InvalidOperationException)
            {
                return;
            }

            _ = Task.Run(() => AnswerAsync(context), CancellationToken.None);
        }
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => _listener.Close();

    /// <summary>The listener binds the first address of a name; where that is one of IPv6 on a machine without it, it would refuse to start.</summary>
    private static bool IsLocalhostToBeHad() =>
        Dns.GetHostAddresses("localhost") is [var first, ..] && (first.AddressFamily == AddressFamily.InterNetwork || Socket.OSSupportsIPv6);

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        HttpListenerResponse response = context.Response;
        try
        {
            Isolate(response.Headers);
            string? path = _site.Find(context.Request.Url!.AbsolutePath);
            bool isReading = context.Request.HttpMethod is "GET" or "HEAD";
            response.StatusCode = !isReading ? 405 : path is null ? 404 : 200;
            if (response.StatusCode == 200)
            {
                await SendAsync(path!, context.Request.HttpMethod == "GET", response);
            }

            response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or InvalidOperationException)
        {
            response.Abort(); // The browser went away in the middle.
        }
    }

    private void Isolate(WebHeaderCollection headers)
    {
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Content-Security-Policy"] = _policy;
        headers["X-Content-Type-Options"] = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cache-Control"] = "no-cache";
    }

    private async Task SendAsync(string path, bool withBody, HttpListenerResponse response)
    {
        await using Stream content = _site.Open(path);
        response.ContentType = StaticSite.ContentType(path);
        response.ContentLength64 = content.Length;
        if (withBody)
        {
            await content.CopyToAsync(response.OutputStream);
        }
    }
}
