using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using UnetSpikes.Cli;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Support;
using UnetSpikes.Web;
using Xunit;

namespace UnetSpikes.Tests.Web;

/// <summary>The <c>web</c> verb without a browser: what it serves, to whom, and what it refuses.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class WebServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StaticSite _site = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _client = new();
    private readonly WebServer _server;
    private readonly Task _running;

    public WebServerTests()
    {
        _server = WebServer.Start(_site, port: 0);
        _running = _server.RunAsync(_stop.Token);
    }

    public void Dispose()
    {
        _stop.Cancel();
        Assert.True(_running.Wait(TimeSpan.FromSeconds(10)), "cancelled, it ends");
        _server.Dispose();
        _client.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("", "text/html")]
    [InlineData("index.html", "text/html")]
    [InlineData("page.css", "text/css")]
    [InlineData("recording/worker.js", "text/javascript")]
    [InlineData("lib/onnxruntime/ort.wasm.min.mjs", "text/javascript")]
    [InlineData("lib/onnxruntime/ort-wasm-simd-threaded.wasm", "application/wasm")]
    [InlineData("demo/lorenz_unet.onnx", "application/octet-stream")]
    public async Task Every_file_comes_with_its_type_and_isolated(string path, string type)
    {
        using HttpResponseMessage answer = await _client.GetAsync(new Uri(_server.Address, path));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.Equal("require-corp", answer.Headers.GetValues("Cross-Origin-Embedder-Policy").Single());
        Assert.Contains("connect-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        using Stream expected = _site.Open(path.Length == 0 ? "index.html" : path);
        using var bytes = new MemoryStream();
        expected.CopyTo(bytes);
        Assert.Equal(bytes.ToArray(), await answer.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("GET /../../../../etc/passwd", 404)]
    [InlineData("GET /%2e%2e/%2e%2e/etc/passwd", 404)]
    [InlineData("GET /..%2f..%2fetc%2fpasswd", 404)]
    [InlineData("GET //etc/passwd", 404)]
    [InlineData("GET /view", 404)]
    [InlineData("GET /none.html", 404)]
    [InlineData("POST /", 405)]
    [InlineData("HEAD /page.css", 200)]
    public void Nothing_but_the_page_can_be_reached(string request, int expected)
    {
        string answer = Raw($"{request} HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {expected} ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_host_by_name_gets_nothing()
    {
        string answer = Raw("GET / HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n");

        Assert.DoesNotContain("<html", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_in_use_is_one_line()
    {
        (int code, string output, string error) = Run("--port", $"{_server.Address.Port}");

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.StartsWith($"error: --port: {_server.Address.Port} cannot be listened on", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
        Assert.Equal(ExitCode.Usage, Run("--port", "70000").Code);
    }

    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Ctrl_C_ends_it_cleanly(string signal)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "signals are sent with kill");
        string tool = Path.Combine(AppContext.BaseDirectory.Replace("UnetSpikes.Tests", "UnetSpikes.Web", StringComparison.Ordinal), "UnetSpikes.Web.dll");
        // env: a shell that ran these tests in the background had SIGINT ignored, and children inherit that.
        using Process process = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", "exec", tool, "--port", "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var address = new Uri((await process.StandardOutput.ReadLineAsync())!);
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(address)).StatusCode);

        using (Process kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)), "still running after the signal");
        Assert.Equal(0, process.ExitCode);
        Assert.Equal("Ctrl-C ends it", (await process.StandardError.ReadToEndAsync()).Trim());
    }

    [Fact]
    public void The_page_is_written_for_a_static_host_and_never_over_other_files_unasked()
    {
        string folder = _folder.File("site");

        Assert.Equal(0, Run("--out", folder).Code);

        string[] written = [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))];
        Assert.Equal(_site.Paths.Order(), written.Order());
        (int code, _, string error) = Run("--out", folder);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("is not empty; --force overwrites", error, StringComparison.Ordinal);
        Assert.Equal(0, Run("--out", folder, "--force").Code);
    }

    [Fact]
    public void Every_file_of_the_page_is_there_and_has_a_type()
    {
        Assert.All(_site.Paths, path => Assert.NotEmpty(StaticSite.ContentType(path)));
        Assert.All((string[])["index.html", "licences.txt", "lib/h5wasm/LICENSE.txt", "lib/onnxruntime/ort-wasm-simd-threaded.jspi.wasm", "demo/lorenz.h5"], path => Assert.Contains(path, _site.Paths));
        // Relative addresses only: the page works in any folder of any host.
        foreach (string path in _site.Paths.Where(path => Path.GetExtension(path) is ".html" or ".css" or ".js" && !path.StartsWith("lib/", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(_site.Open(path));
            Assert.DoesNotMatch("(from|src|href|import)[ =(]*[\"'](/|https?:)", reader.ReadToEnd());
        }
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(WebCommand.Create(), arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>A request as it stands, which no client would send.</summary>
    private string Raw(string request)
    {
        using var socket = new TcpClient("127.0.0.1", _server.Address.Port);
        using NetworkStream stream = socket.GetStream();
        stream.Write(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
