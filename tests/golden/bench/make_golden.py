#!/usr/bin/python3
"""Writes torch_static.onnx, a small UNet as torch.onnx exports it with default settings (input [2, 4, 20] = trial, unit, bin; no metadata of ours), and weights.safetensors, the
same weights: PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python python3 make_golden.py (Debian's python3-torch 1.13; the network is bench/unet_torch.py)."""
import os
import sys
import warnings

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "bench"))
from unet_torch import UNet1D, write_safetensors  # noqa: E402

warnings.filterwarnings("ignore")  # PyTorch's own, about its tracer
torch.manual_seed(1)
net = UNet1D(2, 4, 3).eval()
with torch.no_grad():
    for name, value in net.named_buffers():
        if "running" in name:  # Not those of no data.
            value += 0.5 * torch.rand(value.shape)
arrays = {k: v.detach().numpy().copy() for k, v in net.state_dict().items() if "num_batches" not in k}
write_safetensors(os.path.join(HERE, "weights.safetensors"), arrays)
torch.onnx.export(net, torch.zeros(2, 4, 20), os.path.join(HERE, "torch_static.onnx"))
