using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime;
using System.Text;

namespace UnetSpikes.Infer.Streaming;

/// <summary>Serves a client of our own before the first real one, until the just-in-time compiler has nothing left to do.</summary>
/// <remarks>
/// .NET compiles a method quickly at first and again, better, once it has been called often, beside the program. On the one core that a stream
/// has, those compilations made one bin in ten of the first three hundred late: 2 to 5 ms instead of 0.6.
/// </remarks>
internal sealed class Rehearsal(OnlineRates rates, StreamHeader header)
{
    private const int AnsweredBins = 64; // A method is worth compiling again after 30 calls.
    private const int QuietRounds = 2;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150); // The compiler waits for 100 ms without new methods.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(4);

    /// <summary>Rehearses both framings as they are spoken over standard input, or over TCP.</summary>
    /// <exception cref="Core.SessionException">ONNX Runtime or the device failed.</exception>
    public void Run(bool overTcp)
    {
        int bins = header.Lag + AnsweredBins;
        byte[][] clients = [BinaryClient(header.Units, bins), TextClient(header.Units, bins)];
        long start = Stopwatch.GetTimestamp();
        for (int quiet = 0; quiet < QuietRounds && Stopwatch.GetElapsedTime(start) < Longest;)
        {
            long before = JitInfo.GetCompiledMethodCount();
            foreach (byte[] client in clients)
            {
                Serve(client, overTcp);
            }

            Thread.Sleep(Pause);
            quiet = JitInfo.GetCompiledMethodCount() == before ? quiet + 1 : 0;
        }
    }

    private void Serve(byte[] client, bool overTcp)
    {
        var session = new StreamSession("rehearsal", rates, header);
        if (!overTcp)
        {
            session.Run(new MemoryStream(client), Stream.Null);
            return;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sending = Task.Run(() => Speak((IPEndPoint)listener.LocalEndpoint, client));
        using (Socket server = listener.AcceptSocket())
        using (var stream = new NetworkStream(server))
        {
            server.NoDelay = true;
            session.Run(stream, stream);
        }

        sending.GetAwaiter().GetResult();
    }

    /// <summary>What a client does: sends, and reads to the end what it gets.</summary>
    private static void Speak(IPEndPoint server, byte[] bytes)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(server);
        using var stream = new NetworkStream(socket);
        stream.Write(bytes);
        socket.Shutdown(SocketShutdown.Send);
        stream.CopyTo(Stream.Null);
    }

    /// <summary>A header and bins without a spike.</summary>
    private static byte[] BinaryClient(int units, int bins)
    {
        byte[] bytes = new byte[BinaryFraming.ClientHeader + (bins * units * sizeof(ushort))];
        "USPK"u8.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), BinaryFraming.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), (uint)units);
        return bytes;
    }

    private static byte[] TextClient(int units, int bins)
    {
        string line = string.Join(' ', Enumerable.Repeat("0", units)) + "\n";
        return Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, bins)));
    }
}
