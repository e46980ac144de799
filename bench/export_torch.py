"""torch.onnx's export of the UNet with default settings (static shapes), from weights that 'bench model --weights' wrote.

usage: export_torch.py WEIGHTS.safetensors OUT.onnx LAYERS CHANNELS LATENT BATCH BINS
"""
import json
import struct
import sys
import warnings

import numpy as np
import torch

from unet_torch import UNet1D


def read_safetensors(path):
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    header.pop("__metadata__", None)
    types = {"F32": np.float32, "I64": np.int64}
    return {
        name: torch.from_numpy(np.frombuffer(data[slice(*a["data_offsets"])], types[a["dtype"]]).reshape(a["shape"]).copy())
        for name, a in header.items()
    }


def main():
    warnings.filterwarnings("ignore")  # PyTorch's own, about its tracer
    weights, out = sys.argv[1:3]
    layers, channels, latent, batch, bins = map(int, sys.argv[3:])
    net = UNet1D(layers, channels, latent)
    missing, unexpected = net.load_state_dict(read_safetensors(weights), strict=False)
    assert not unexpected and all(m.endswith("num_batches_tracked") for m in missing), (missing, unexpected)
    torch.onnx.export(net.eval(), torch.zeros(batch, channels, bins), out)


main()
