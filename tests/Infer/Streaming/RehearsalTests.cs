using System.Globalization;
using System.Runtime;
using System.Text;
using UnetSpikes.Infer;
using UnetSpikes.Infer.Streaming;
using Xunit;

namespace UnetSpikes.Tests.Infer.Streaming;

/// <summary>What is done before the first client, so that its first bins are as quick as the rest.</summary>
public sealed class RehearsalTests : IDisposable
{
    private readonly SpikeModel _model = SpikeModel.Open(TestRecordings.Pyramid, "cpu", threads: 1);
    private readonly OnlineRates _rates;
    private readonly StreamHeader _header;

    public RehearsalTests()
    {
        _rates = new OnlineRates(_model);
        _header = new StreamHeader(4, 4, _rates.Lag, 20, IsHz: false);
    }

    public void Dispose()
    {
        _rates.Dispose();
        _model.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_it_a_stream_has_no_method_compiled_that_it_would_wait_for(bool overTcp)
    {
        new Rehearsal(_rates, _header).Run(overTcp);
        var session = new StreamSession("test", _rates, _header);
        var input = new MemoryStream(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1 0 2 0\n", 200))));
        var output = new MemoryStream(1 << 16);

        long before = JitInfo.GetCompiledMethodCount(currentThread: true);
        session.Run(input, output);

        Assert.Equal(before, JitInfo.GetCompiledMethodCount(currentThread: true));
    }

    [Fact]
    public void It_leaves_no_trace_in_the_rates()
    {
        string text = string.Concat(Enumerable.Range(0, 40).Select(bin => string.Create(CultureInfo.InvariantCulture, $"{bin % 3} 0 {bin % 5} 1\n")));
        byte[] before = Serve(text);

        new Rehearsal(_rates, _header).Run(overTcp: false);

        Assert.Equal(before, Serve(text));
    }

    private byte[] Serve(string text)
    {
        var output = new MemoryStream();
        new StreamSession("test", _rates, _header).Run(new MemoryStream(Encoding.ASCII.GetBytes(text)), output);
        return output.ToArray();
    }
}
