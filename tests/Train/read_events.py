"""Reads a TensorBoard event file with protobuf's own parser and an independent checksum, and prints its events as JSON.

    python3 read_events.py FILE

The message descriptors are typed in here from tensorflow/core/util/event.proto and framework/summary.proto, and the PNGs are
decoded with zlib alone, so nothing is shared with the writer under test. Needs python3-protobuf.
"""
import json
import struct
import sys
import zlib

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TYPES = {"double": 1, "float": 2, "int64": 3, "int32": 5, "string": 9, "message": 11, "bytes": 12}
MESSAGES = {
    "Event": [("wall_time", 1, "double"), ("step", 2, "int64"), ("file_version", 3, "string"), ("summary", 5, "Summary")],
    "Summary": [("value", 1, "*Value")],
    "Value": [("tag", 1, "string"), ("simple_value", 2, "float"), ("image", 4, "Image"), ("histo", 5, "HistogramProto")],
    "Image": [("height", 1, "int32"), ("width", 2, "int32"), ("colorspace", 3, "int32"), ("encoded_image_string", 4, "bytes")],
    "HistogramProto": [("min", 1, "double"), ("max", 2, "double"), ("num", 3, "double"), ("sum", 4, "double"),
                       ("sum_squares", 5, "double"), ("bucket_limit", 6, "*double"), ("bucket", 7, "*double")],
}


def event_class():
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="tf", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            repeated, kind = kind.startswith("*"), kind.lstrip("*")
            f = message.field.add(name=field, number=number, label=3 if repeated else 1)
            if kind in MESSAGES:
                f.type, f.type_name = TYPES["message"], f".tf.{kind}"
            else:
                f.type = TYPES[kind]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    descriptor = pool.FindMessageTypeByName("tf.Event")
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        (crc,) = struct.unpack_from("<I", data, at + 8)
        assert crc == masked(data[at:at + 8]), f"length checksum at byte {at}"
        record = data[at + 12:at + 12 + length]
        (crc,) = struct.unpack_from("<I", data, at + 12 + length)
        assert len(record) == length and crc == masked(record), f"data checksum at byte {at}"
        yield record
        at += 16 + length


def png_rows(png):
    """Rows of (r, g, b); every chunk's checksum is looked at."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, compressed, kinds = 8, b"", []
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        body = png[at + 8:at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length)[0] == zlib.crc32(kind + body), kind
        kinds.append(kind)
        if kind == b"IHDR":
            width, height, depth, colour, method, filtering, interlace = struct.unpack(">IIBBBBB", body)
            assert (depth, colour, method, filtering, interlace) == (8, 2, 0, 0, 0)
        compressed += body if kind == b"IDAT" else b""
        at += 12 + length
    assert kinds[0] == b"IHDR" and kinds[-1] == b"IEND"
    raw, stride = zlib.decompress(compressed), width * 3 + 1
    assert len(raw) == stride * height
    for y in range(height):
        row = raw[y * stride:(y + 1) * stride]
        assert row[0] == 0
        yield [list(row[1 + 3 * x:4 + 3 * x]) for x in range(width)]


def plain(event):
    out = {"wall_time": event.wall_time, "step": event.step}
    if event.file_version:
        out["file_version"] = event.file_version
    for value in event.summary.value:
        out["tag"] = value.tag
        if value.HasField("image"):
            i = value.image
            out |= {"height": i.height, "width": i.width, "colorspace": i.colorspace, "rows": list(png_rows(i.encoded_image_string))}
        elif value.HasField("histo"):
            h = value.histo
            out |= {"min": h.min, "max": h.max, "num": h.num, "sum": h.sum, "sum_squares": h.sum_squares,
                    "bucket_limit": list(h.bucket_limit), "bucket": list(h.bucket)}
        else:
            out["simple_value"] = value.simple_value
    return out


with open(sys.argv[1], "rb") as f:
    Event = event_class()
    print(json.dumps([plain(Event.FromString(record)) for record in records(f.read())]))
