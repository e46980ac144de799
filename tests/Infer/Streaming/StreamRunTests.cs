using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Infer;
using UnetSpikes.Tests.Architecture;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Infer.Streaming;

/// <summary>The tool as a server and as a filter between pipes.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class StreamRunTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task Clients_are_served_one_after_the_other_whatever_the_one_before_did()
    {
        await using var server = new Server("--clients", "4", "--json");
        using (TcpClient wrong = await server.Connect())
        {
            await wrong.GetStream().WriteAsync("1 2\n"u8.ToArray());
            using var answer = new StreamReader(wrong.GetStream());
            Assert.StartsWith("#", await answer.ReadLineAsync(), StringComparison.Ordinal);
            Assert.Null(await answer.ReadLineAsync()); // Closed.
        }

        using (TcpClient rude = await server.Connect())
        {
            await rude.GetStream().WriteAsync(FramingTests.Header(1));
            rude.LingerState = new LingerOption(true, 0); // Closing resets the connection.
        }

        using TcpClient first = await server.Connect(), second = await server.Connect();
        await second.GetStream().WriteAsync("0 0 0 0\n"u8.ToArray());
        await first.GetStream().WriteAsync("1 0 2 0\n"u8.ToArray());
        using StreamReader one = new(first.GetStream()), two = new(second.GetStream());
        first.Client.Shutdown(SocketShutdown.Send);
        second.Client.Shutdown(SocketShutdown.Send);
        string[] answers = [await one.ReadToEndAsync(), await two.ReadToEndAsync()];

        (int code, _, string error) = await server.End();

        Assert.All(answers, answer => Assert.Equal(2, answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.NotEqual(answers[0], answers[1]);
        Assert.Equal(ExitCode.Data, code); // Of the first, who sent nonsense.
        Assert.Contains(": bin 0 has 2 counts, expected the model's 4 units\n", error, StringComparison.Ordinal);
        Assert.Equal(4, error.Split('\n').Count(line => line.StartsWith('{')));
    }

    [Fact]
    public async Task An_interrupt_ends_the_server_while_it_waits_and_while_a_client_is_silent()
    {
        await using var waiting = new Server();
        Assert.Equal(ExitCode.Interrupted, (await waiting.Interrupt()).Code);
        await using var serving = new Server();
        using TcpClient silent = await serving.Connect();
        await silent.GetStream().WriteAsync("0 0 0 0\n"u8.ToArray());
        using var reader = new StreamReader(silent.GetStream());
        await reader.ReadLineAsync();

        Assert.Equal(ExitCode.Interrupted, (await serving.Interrupt()).Code);
    }

    [SkippableFact]
    public async Task The_client_of_the_documentation_gets_the_rates_of_offline_inference()
    {
        Skip.IfNot(File.Exists(Python), $"there is no {Python}");
        TrialTensor counts = TestRecordings.Counts(1, 61);
        string page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs", "streaming.md"));
        string client = page.Split("```python\n")[1].Split("```")[0];
        string data = JsonSerializer.Serialize(Enumerable.Range(0, 61).Select(bin => counts.Values[(bin * 4)..((bin + 1) * 4)].Select(c => (int)c)));
        await using var server = new Server("--clients", "1");
        IPEndPoint place = await server.Place;
        var start = new ProcessStartInfo(Python, ["-c", $"{client}\nfor row in rates_of({data}, '{place.Address}', {place.Port}):\n    print(*row)"])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;

        float[] rates = [.. (await process.StandardOutput.ReadToEndAsync()).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(n => float.Parse(n, CultureInfo.InvariantCulture))];

        await process.WaitForExitAsync();
        Assert.Equal((0, ExitCode.Success), (process.ExitCode, (await server.End()).Code));
        Assert.True(TestRecordings.MaxError(TestRecordings.OneShot(counts), new TrialTensor(1, 61, 4, rates)) < 1e-5);
    }

    [Fact]
    public async Task Between_pipes_it_answers_each_line_at_once_and_ends_with_its_latencies()
    {
        using Process process = Start("--lag", "0", "--json");
        Task<string> error = process.StandardError.ReadToEndAsync();
        Assert.StartsWith("#", await Ask("0 1 0 2"), StringComparison.Ordinal);
        string[] rates = [(await process.StandardOutput.ReadLineAsync())!, await Ask("0 0 NaN 2"), await Ask("3 0 0 2")];
        process.StandardInput.Close();

        Assert.Equal("", await process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal(ExitCode.Success, process.ExitCode);
        Assert.Equal("NaN", rates[1].Split(' ')[2]);
        JsonElement summary = TestRecordings.LastLine(await error);
        Assert.Equal((3, 0), (summary.GetProperty("bins").GetInt32(), summary.GetProperty("lag_bins").GetInt32()));
        double[] times = [.. new[] { "p50_ms", "p95_ms", "p99_ms", "max_ms" }.Select(key => summary.GetProperty(key).GetDouble())];
        Assert.Equal(times.Order(), times);
        Assert.True(times[0] > 0);

        async Task<string> Ask(string line)
        {
            await process.StandardInput.WriteAsync(line + "\n");
            await process.StandardInput.FlushAsync();
            return (await process.StandardOutput.ReadLineAsync())!;
        }
    }

    [Fact]
    public async Task Between_pipes_nonsense_is_one_line_and_exit_code_3()
    {
        using Process process = Start("--quiet", "--json");
        await process.StandardInput.WriteAsync("1 2 3\n");
        process.StandardInput.Close();

        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(ExitCode.Data, process.ExitCode);
        Assert.Equal("error: standard input: bin 0 has 3 counts, expected the model's 4 units", error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
    }

    private static Process Start(params string[] more)
    {
        string tool = Path.Combine(AppContext.BaseDirectory.Replace("UnetSpikes.Tests", "UnetSpikes.Infer", StringComparison.Ordinal), "UnetSpikes.Infer.dll");
        return Process.Start(new ProcessStartInfo("dotnet", ["exec", tool, "--model", TestRecordings.Pyramid, "--stream", "--device", "cpu", .. more])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    /// <summary><c>infer --listen</c> in this process.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly CancellationTokenSource _cancel = new();
        private readonly FirstLine _output = new();
        private readonly StringWriter _error = new();
        private readonly Task<int> _run;

        public Server(params string[] more)
        {
            var configuration = new System.CommandLine.InvocationConfiguration { Output = _output, Error = _error, EnableDefaultExceptionHandler = false };
            _run = InferCommand.Create().Parse(["--model", TestRecordings.Pyramid, "--listen", "127.0.0.1:0", "--device", "cpu", "--quiet", .. more])
                .InvokeAsync(configuration, _cancel.Token);
        }

        public Task<IPEndPoint> Place => Parsed();

        public async Task<TcpClient> Connect()
        {
            var client = new TcpClient();
            await client.ConnectAsync(await Place);
            return client;
        }

        public async Task<(int Code, string Output, string Error)> End() => (await _run.WaitAsync(TimeSpan.FromSeconds(60)), _output.ToString(), _error.ToString());

        public async Task<(int Code, string Error)> Interrupt()
        {
            await Place;
            await _cancel.CancelAsync();
            try
            {
                return (await _run.WaitAsync(TimeSpan.FromSeconds(60)), _error.ToString());
            }
            catch (OperationCanceledException)
            {
                return (ExitCode.Interrupted, _error.ToString()); // What ToolHost makes of it.
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _cancel.CancelAsync();
            _cancel.Dispose();
        }

        private async Task<IPEndPoint> Parsed()
        {
            Task first = await Task.WhenAny(_output.Line, _run);
            Assert.True(first == _output.Line, _error.ToString());
            return IPEndPoint.Parse((await _output.Line)["listening on ".Length..]);
        }
    }

    private sealed class FirstLine : StringWriter
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            _line.TrySetResult(value!);
        }
    }
}
