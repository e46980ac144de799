"""An independent reader of safetensors, from the format's description: prints one JSON object per array, then the metadata."""
import json
import struct
import sys

TYPES = {"F32": ("f", 4), "I64": ("q", 8)}

with open(sys.argv[1], "rb") as file:
    (length,) = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(length))
    data = file.read()

metadata = header.pop("__metadata__", {})
for name, entry in header.items():
    code, size = TYPES[entry["dtype"]]
    begin, end = entry["data_offsets"]
    values = struct.unpack(f"<{(end - begin) // size}{code}", data[begin:end])
    print(json.dumps({"name": name, "dtype": entry["dtype"], "shape": entry["shape"], "values": values}))
print(json.dumps({"metadata": metadata, "aligned": (8 + length) % 8 == 0, "bytes": len(data)}))
