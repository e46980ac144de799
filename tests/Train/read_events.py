"""Reads a TensorBoard event file with protobuf's own parser and an independent checksum, and prints its events as JSON.

    python3 read_events.py FILE

The message descriptors are typed in here from the published definitions (below), and the PNGs are decoded with zlib alone, so
nothing is shared with the writer under test. Needs python3-protobuf. TensorBoard itself is in no registry the tests may use
(it is on PyPI alone): what is checked is that files follow its formats, not its pictures.

tensorflow/core/util/event.proto; tensorflow/core/framework/summary.proto, histogram.proto, tensor.proto, tensor_shape.proto,
graph.proto, node_def.proto, attr_value.proto; tensorboard/plugins/hparams/plugin_data.proto; google/protobuf/struct.proto.
Maps are typed in as what they are on the wire, repeated pairs. As of November 2026.
"""
import json
import re
import struct
import sys
import zlib

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TYPES = {"double": 1, "float": 2, "int64": 3, "int32": 5, "bool": 8, "string": 9, "message": 11, "bytes": 12}
MESSAGES = {
    "Event": [("wall_time", 1, "double"), ("step", 2, "int64"), ("file_version", 3, "string"), ("graph_def", 4, "bytes"),
              ("summary", 5, "Summary")],
    "Summary": [("value", 1, "*Value")],
    "Value": [("tag", 1, "string"), ("simple_value", 2, "float"), ("image", 4, "Image"), ("histo", 5, "HistogramProto"),
              ("tensor", 8, "TensorProto"), ("metadata", 9, "SummaryMetadata")],
    "Image": [("height", 1, "int32"), ("width", 2, "int32"), ("colorspace", 3, "int32"), ("encoded_image_string", 4, "bytes")],
    "HistogramProto": [("min", 1, "double"), ("max", 2, "double"), ("num", 3, "double"), ("sum", 4, "double"),
                       ("sum_squares", 5, "double"), ("bucket_limit", 6, "*double"), ("bucket", 7, "*double")],
    "TensorProto": [("dtype", 1, "int32"), ("tensor_shape", 2, "TensorShapeProto"), ("float_val", 5, "*float")],
    "TensorShapeProto": [("dim", 2, "*Dim"), ("unknown_rank", 3, "bool")],
    "Dim": [("size", 1, "int64"), ("name", 2, "string")],
    "SummaryMetadata": [("plugin_data", 1, "PluginData"), ("data_class", 4, "int32")],
    "PluginData": [("plugin_name", 1, "string"), ("content", 2, "bytes")],
    "HParamsPluginData": [("version", 1, "int32"), ("experiment", 2, "bytes"), ("session_start_info", 3, "SessionStartInfo"),
                          ("session_end_info", 4, "SessionEndInfo")],
    "SessionStartInfo": [("hparams", 1, "*HParam"), ("model_uri", 2, "string"), ("monitor_url", 3, "string"), ("group_name", 4, "string"),
                         ("start_time_secs", 5, "double")],
    "SessionEndInfo": [("status", 1, "int32"), ("end_time_secs", 2, "double")],
    "HParam": [("key", 1, "string"), ("value", 2, "StructValue")],
    "StructValue": [("null_value", 1, "int32"), ("number_value", 2, "double"), ("string_value", 3, "string"), ("bool_value", 4, "bool")],
    "GraphDef": [("node", 1, "*NodeDef")],
    "NodeDef": [("name", 1, "string"), ("op", 2, "string"), ("input", 3, "*string"), ("device", 4, "string"), ("attr", 5, "*Attr")],
    "Attr": [("key", 1, "string"), ("value", 2, "AttrValue")],
    "AttrValue": [("list", 1, "ListValue"), ("s", 2, "bytes"), ("i", 3, "int64"), ("f", 4, "float"), ("b", 5, "bool"), ("type", 6, "int32"),
                  ("shape", 7, "TensorShapeProto")],
    "ListValue": [("s", 2, "*bytes"), ("i", 3, "*int64"), ("f", 4, "*float"), ("b", 5, "*bool"), ("type", 6, "*int32"),
                  ("shape", 7, "*TensorShapeProto")],
}
# Of these messages one field is set at a time, the default included.
ONE_OF = {"StructValue", "AttrValue"}


def message_classes():
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="tf", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        if name in ONE_OF:
            message.oneof_decl.add(name="value_")
        for field, number, kind in fields:
            repeated, kind = kind.startswith("*"), kind.lstrip("*")
            f = message.field.add(name=field, number=number, label=3 if repeated else 1)
            if name in ONE_OF:
                f.oneof_index = 0
            if kind in MESSAGES:
                f.type, f.type_name = TYPES["message"], f".tf.{kind}"
            else:
                f.type = TYPES[kind]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    make = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    return {name: make(pool.FindMessageTypeByName("tf." + name)) for name in MESSAGES}


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


def whole(message):
    """The message, refused where it holds a field the definitions do not have."""
    before = message.SerializeToString()
    message.DiscardUnknownFields()
    assert message.SerializeToString() == before, f"unknown fields in {type(message).__name__}"
    return message


def attribute(value):
    kind = value.WhichOneof("value_")
    if kind != "list":
        return value.s.decode() if kind == "s" else getattr(value, kind)
    lists = value.list
    return [[d.size for d in shape.dim] for shape in lists.shape] or list(lists.i) or list(lists.f)


def graph(data):
    """Nodes by name; every input must name an output of a node of the graph."""
    nodes = whole(MESSAGE["GraphDef"].FromString(data)).node
    outputs = {}
    for node in nodes:
        assert re.fullmatch(r"[A-Za-z0-9.][A-Za-z0-9_>./]*", node.name), node.name
        assert node.name not in outputs, node.name
        shapes = [a for a in node.attr if a.key == "_output_shapes"]
        outputs[node.name] = len(shapes[0].value.list.shape) if shapes else 0
    for node in nodes:
        for source in node.input:
            name, _, index = source.partition(":")
            assert int(index or 0) < outputs[name], source
    return {n.name: {"op": n.op, "input": list(n.input), "attr": {a.key: attribute(a.value) for a in n.attr}} for n in nodes}


def hparams(value):
    assert (value.tensor.dtype, list(value.tensor.float_val), [d.size for d in value.tensor.tensor_shape.dim]) == (1, [0], [1])
    assert value.metadata.data_class == 2
    data = whole(MESSAGE["HParamsPluginData"].FromString(value.metadata.plugin_data.content))
    if data.HasField("session_start_info"):
        start = data.session_start_info
        return {"hparams": {h.key: getattr(h.value, h.value.WhichOneof("value_")) for h in start.hparams}, "start": start.start_time_secs}
    return {"status": data.session_end_info.status, "end": data.session_end_info.end_time_secs}


def plain(event):
    out = {"wall_time": event.wall_time, "step": event.step}
    if event.file_version:
        out["file_version"] = event.file_version
    if event.graph_def:
        out["graph"] = graph(event.graph_def)
    for value in event.summary.value:
        out["tag"] = value.tag
        if value.HasField("image"):
            i = value.image
            out |= {"height": i.height, "width": i.width, "colorspace": i.colorspace, "rows": list(png_rows(i.encoded_image_string))}
        elif value.HasField("histo"):
            h = value.histo
            out |= {"min": h.min, "max": h.max, "num": h.num, "sum": h.sum, "sum_squares": h.sum_squares,
                    "bucket_limit": list(h.bucket_limit), "bucket": list(h.bucket)}
        elif value.metadata.plugin_data.plugin_name == "hparams":
            out |= hparams(value)
        else:
            out["simple_value"] = value.simple_value
    return out


MESSAGE = message_classes()
with open(sys.argv[1], "rb") as f:
    print(json.dumps([plain(whole(MESSAGE["Event"].FromString(record))) for record in records(f.read())]))
