using System.Buffers;
using System.Runtime.InteropServices;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Reading;

namespace UnetSpikes.Hdf5.Readers;

/// <summary>The inside of a reader process: answers, one after the other, what is asked through standard input about the file it has open.</summary>
public static class ReaderServer
{
    /// <summary>Answers until standard input ends.</summary>
    /// <returns>The process's exit code.</returns>
    public static int Run()
    {
        ReaderLimits.ApplyToThisProcess();
        // Ctrl-C in a terminal reaches the whole group of processes; the one that asks decides, and ends us by closing the pipe.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
        using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
        using var wire = new ReaderWire(input, output);
        LocalFile? file = null;
        try
        {
            while (wire.ReadByteOrEnd() is byte call)
            {
                Answer(wire, (ReaderCall)call, ref file);
                wire.Flush();
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // The one that asked is gone, in the middle of a word.
        }

        file?.Dispose();
        return 0;
    }

    private static void Answer(ReaderWire wire, ReaderCall call, ref LocalFile? file)
    {
        try
        {
            switch (call)
            {
                case ReaderCall.Open:
                    string path = wire.ReadPath();
                    file?.Dispose();
                    file = null;
                    file = LocalFile.OpenRead(path);
                    wire.Write((byte)ReaderAnswer.Done);
                    break;
                case ReaderCall.Close:
                    file?.Dispose();
                    file = null;
                    wire.Write((byte)ReaderAnswer.Done);
                    break;
                default:
                    Answer(wire, call, wire.ReadPath(), file ?? throw new InvalidOperationException("no file is open"));
                    break;
            }
        }
        catch (DataFormatException e)
        {
            wire.Write((byte)ReaderAnswer.BadData);
            wire.Write(e.Place);
            wire.Write(Problem(e));
        }
        catch (Exception e) when (e is Hdf5LibraryException or OutOfMemoryException or OverflowException or ArgumentException)
        {
            wire.Write((byte)ReaderAnswer.Failed);
            wire.Write(e is Hdf5LibraryException ? e.Message["HDF5 library: ".Length..] : $"{e.GetType().Name} while reading: {e.Message}");
        }
    }

    /// <summary>Computes first, then writes: an answer that fails has not begun.</summary>
    private static void Answer(ReaderWire wire, ReaderCall call, string path, LocalFile file)
    {
        switch (call)
        {
            case ReaderCall.Keys:
                SendTexts(wire, file.Keys(path));
                break;
            case ReaderCall.Kind:
                SendByte(wire, (byte)file.Kind(path));
                break;
            case ReaderCall.Describe:
                Send(wire, file.Describe(path));
                break;
            case ReaderCall.HasAttribute:
                SendByte(wire, file.HasAttribute(path, wire.ReadPath()) ? (byte)1 : (byte)0);
                break;
            case ReaderCall.Attribute:
                Send(wire, file.ReadAttribute(path, wire.ReadPath()));
                break;
            case ReaderCall.Numbers:
                SendNumbers(wire, file, path);
                break;
            case ReaderCall.Texts:
                SendTexts(wire, file.ReadTexts(path));
                break;
            case ReaderCall.References:
                SendTexts(wire, file.ReadReferences(path));
                break;
            case ReaderCall.Ragged:
                Send(wire, file.ReadRagged(path));
                break;
            default:
                throw new InvalidDataException($"no such call: {call}");
        }
    }

    private static void SendByte(ReaderWire wire, byte value)
    {
        wire.Write((byte)ReaderAnswer.Done);
        wire.Write(value);
    }

    private static void SendTexts(ReaderWire wire, IReadOnlyCollection<string> texts)
    {
        wire.Write((byte)ReaderAnswer.Done);
        wire.WriteTexts(texts);
    }

    private static void Send(ReaderWire wire, DatasetDescription description)
    {
        wire.Write((byte)ReaderAnswer.Done);
        wire.WriteType(description.Type);
        wire.WriteArray<long>(description.Shape);
        wire.Write(description.Chunk is null ? (byte)0 : (byte)1);
        wire.WriteArray<long>(description.Chunk ?? []);
        wire.Write(description.IsFiltered ? (byte)1 : (byte)0);
    }

    private static void Send(ReaderWire wire, Hdf5AttributeValue attribute)
    {
        wire.Write((byte)ReaderAnswer.Done);
        wire.WriteType(attribute.Type);
        wire.WriteArray<long>([.. attribute.Shape]);
        wire.WriteArray<double>([.. attribute.Numbers]);
        wire.WriteTexts(attribute.Texts);
    }

    private static void Send(ReaderWire wire, int[][] lists)
    {
        wire.Write((byte)ReaderAnswer.Done);
        wire.Write(lists.Length);
        foreach (int[] list in lists)
        {
            wire.WriteArray<int>(list);
        }
    }

    private static void SendNumbers(ReaderWire wire, LocalFile file, string path)
    {
        long[] start = wire.ReadArray<long>(), count = wire.ReadArray<long>();
        var memory = (MemoryType)wire.ReadByte();
        int bytes = checked((int)count.Aggregate((long)memory.Size(), (product, n) => checked(product * n)));
        byte[] rented = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            Span<byte> numbers = rented.AsSpan(0, bytes);
            file.ReadNumbers(path, start, count, memory, numbers);
            wire.Write((byte)ReaderAnswer.Done);
            wire.WriteRaw(numbers);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The message without "path: place ", which the other end puts before it again.</summary>
    private static string Problem(DataFormatException e)
    {
        string where = e.Place.Length == 0 ? e.Path + ": " : $"{e.Path}: {e.Place} ";
        return e.Message[where.Length..];
    }
}
