using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Torch;

namespace UnetSpikes.Models;

/// <summary>The safetensors format: 8 bytes of header length, a JSON header, then the arrays' bytes without holes.</summary>
/// <remarks>
/// Specification: the format section of the safetensors README. The reader is strict where the format allows mischief:
/// a capped header, checked arithmetic, no holes, no overlaps, no duplicate names, nothing after the last array.
/// float32 and 64-bit integers are written; what other tools write is read to the nearest float32.
/// </remarks>
public static class Safetensors
{
    private const int MaxHeaderBytes = 16 << 20;
    private const int MaxTensors = 100_000;
    private const string MetadataKey = "__metadata__";

    /// <summary>The format's names of PyTorch's types.</summary>
    private static readonly Dictionary<string, TorchType> Types = new()
    {
        ["F32"] = TorchType.Float32,
        ["F64"] = TorchType.Float64,
        ["F16"] = TorchType.Float16,
        ["BF16"] = TorchType.BFloat16,
        ["I64"] = TorchType.Int64,
        ["I32"] = TorchType.Int32,
        ["I16"] = TorchType.Int16,
        ["I8"] = TorchType.Int8,
        ["U8"] = TorchType.UInt8,
        ["BOOL"] = TorchType.Bool,
    };

    /// <summary>Writes arrays beside the target, flushes them to disk, then renames: a killed run leaves the old file or the new one.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="arrays">The arrays in file order: float32, or 64-bit integers as scalars.</param>
    /// <param name="metadata">String pairs of the header's <c>__metadata__</c>.</param>
    public static void Write(string path, IReadOnlyList<KeyValuePair<string, NamedArray>> arrays, IReadOnlyDictionary<string, string> metadata)
    {
        byte[] header = Header(arrays, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach ((_, NamedArray array) in arrays)
            {
                WriteLittleEndian(stream, array);
            }
        });
    }

    /// <summary>Reads every array and the metadata.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">Not a safetensors file, or one that breaks the format's rules.</exception>
    public static SafetensorsFile Read(string path)
    {
        byte[] bytes = ReadAll(path);
        long headerLength = bytes.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (headerLength is < 2 or > MaxHeaderBytes || headerLength > bytes.Length - 8)
        {
            throw new CheckpointException(path, "", "is not a safetensors file: its first 8 bytes are no header length");
        }

        try
        {
            var strict = new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false };
            using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(8, (int)headerLength), strict);
            return Arrays(path, header.RootElement, bytes.AsSpan(8 + (int)headerLength));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new CheckpointException(path, "", "has a header that is not the JSON of a safetensors file", e);
        }
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, "", File.Exists(path) ? $"cannot be read: {e.Message}" : "does not exist", e);
        }
    }

    private static byte[] Header(IReadOnlyList<KeyValuePair<string, NamedArray>> arrays, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            long offset = 0;
            foreach ((string name, NamedArray array) in arrays)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", array.IsInteger ? "I64" : "F32");
                WriteNumbers(json, "shape", array.Dims);
                WriteNumbers(json, "data_offsets", [offset, offset += array.Values.LongLength * (array.IsInteger ? sizeof(long) : sizeof(float))]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Padded with spaces so that the arrays start on a multiple of 8, as the format advises.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, long[] values)
    {
        json.WriteStartArray(name);
        foreach (long value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static SafetensorsFile Arrays(string path, JsonElement header, ReadOnlySpan<byte> data)
    {
        var metadata = new Dictionary<string, string>();
        var entries = new List<Entry>();
        foreach (JsonProperty property in header.EnumerateObject())
        {
            if (property.Name == MetadataKey)
            {
                foreach (JsonProperty pair in property.Value.EnumerateObject())
                {
                    metadata.Add(pair.Name, pair.Value.GetString() ?? "");
                }
            }
            else if (property.Name.Any(char.IsControl))
            {
                throw new CheckpointException(path, "", "has an array whose name is no text of one line");
            }
            else if (entries.Count == MaxTensors)
            {
                throw new CheckpointException(path, "", $"names more than {MaxTensors} arrays");
            }
            else
            {
                entries.Add(Entry.Parse(path, property));
            }
        }

        var arrays = new Dictionary<string, NamedArray>();
        long expected = 0;
        foreach (Entry entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != expected || entry.End > data.Length)
            {
                throw new CheckpointException(path, entry.Name, $"lies at bytes {entry.Begin} to {entry.End}, expected it to start at {expected} and end within {data.Length}");
            }

            arrays.Add(entry.Name, entry.Decode(data[(int)entry.Begin..(int)entry.End]));
            expected = entry.End;
        }

        return expected == data.Length
            ? new SafetensorsFile(arrays, metadata)
            : throw new CheckpointException(path, "", $"has {data.Length - expected} bytes that belong to no array");
    }

    private static void WriteLittleEndian(Stream stream, NamedArray array)
    {
        if (BitConverter.IsLittleEndian && !array.IsInteger)
        {
            stream.Write(MemoryMarshal.AsBytes(array.Values.AsSpan()));
            return;
        }

        Span<byte> word = stackalloc byte[sizeof(long)];
        foreach (float value in array.Values)
        {
            if (array.IsInteger)
            {
                BinaryPrimitives.WriteInt64LittleEndian(word, (long)value);
                stream.Write(word);
            }
            else
            {
                BinaryPrimitives.WriteSingleLittleEndian(word, value);
                stream.Write(word[..sizeof(float)]);
            }
        }
    }

    /// <summary>One array as the header describes it.</summary>
    private readonly record struct Entry(string Name, TorchType Type, long[] Dims, long Begin, long End)
    {
        public static Entry Parse(string path, JsonProperty property)
        {
            string type = property.Value.GetProperty("dtype").GetString() ?? "";
            long[] dims = [.. property.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
            long[] range = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64())];
            if (!Types.TryGetValue(type, out TorchType elements))
            {
                throw new CheckpointException(path, property.Name, $"has the type {type}, expected {string.Join(", ", Types.Keys)}");
            }

            try
            {
                long bytes = dims.Aggregate((long)elements.Size(), (product, d) => checked(product * (d >= 0 ? d : throw new OverflowException())));
                if (range.Length == 2 && range[0] >= 0 && checked(range[1] - range[0]) == bytes)
                {
                    return new Entry(property.Name, elements, dims, range[0], range[1]);
                }
            }
            catch (OverflowException)
            {
                // Falls through: such a shape fits no file.
            }

            throw new CheckpointException(path, property.Name, $"claims shape [{string.Join(", ", dims)}] in bytes [{string.Join(", ", range)}], which do not agree");
        }

        public NamedArray Decode(ReadOnlySpan<byte> bytes)
        {
            int size = Type.Size();
            var values = new float[bytes.Length / size];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = Type.Decode(bytes[(size * i)..]);
            }

            return new NamedArray(Dims, values, Type.IsInteger());
        }
    }
}

/// <summary>What a safetensors file holds.</summary>
/// <param name="Arrays">By name.</param>
/// <param name="Metadata">The header's string pairs.</param>
public sealed record SafetensorsFile(IReadOnlyDictionary<string, NamedArray> Arrays, IReadOnlyDictionary<string, string> Metadata);
