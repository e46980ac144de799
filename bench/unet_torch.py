"""The ancestor's 1-D UNet in PyTorch, written anew for timing: same layers, same names, so weights can be exchanged."""
import json
import struct

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F


class Doubler(nn.Module):
    """T bins -> 2T - 1: the bins, and between two of them their sum."""

    def forward(self, x):
        out = x.new_zeros(x.shape[0], x.shape[1], 2 * x.shape[2] - 1)
        out[:, :, ::2] = x
        out[:, :, 1::2] = x[:, :, :-1] + x[:, :, 1:]
        return out


class Layer(nn.Module):
    def __init__(self, conv1, conv2, conv3, width):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = conv1, conv2, conv3
        self.bn1, self.bn2, self.bn3 = (nn.BatchNorm1d(width) for _ in range(3))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return F.relu(self.bn3(self.conv3(x)))


def down(c):
    return Layer(
        nn.Conv1d(c, 2 * c, 3, padding=1, groups=c),
        nn.Conv1d(2 * c, 2 * c, 1),
        nn.Conv1d(2 * c, 2 * c, 3, padding=1, groups=2 * c, stride=2),
        2 * c,
    )


def up(c):
    return Layer(
        nn.Conv1d(2 * c, c, 3, padding=1, groups=c),
        nn.Conv1d(c, c, 1),
        nn.Sequential(Doubler(), nn.Conv1d(c, c, 3, padding=1)),
        c,
    )


class UNet1D(nn.Module):
    def __init__(self, layers, channels, latent):
        super().__init__()
        self.layers = layers
        self.embedding = nn.Conv1d(channels, latent, 1)
        self.downsample_layers = nn.ModuleList(down(latent << i) for i in range(layers))
        self.upsample_layers = nn.ModuleList(up(latent << (layers - i - 1)) for i in range(layers))
        self.unembedding = nn.Conv1d(latent, channels, 1)

    def forward(self, x):
        total = (1 - x.shape[2]) % (1 << self.layers)
        left = total // 2
        bins = x.shape[2]
        x = self.embedding(F.pad(x, (left, total - left)))
        skips = []
        for layer in self.downsample_layers:
            x = layer(x)
            skips.append(x)
        x = 0
        for layer in self.upsample_layers:
            x = layer(x + skips.pop())
        return self.unembedding(x)[:, :, left:left + bins]


def write_safetensors(path, arrays):
    header, offset = {}, 0
    for name, a in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(a.shape), "data_offsets": [offset, offset + a.nbytes]}
        offset += a.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for a in arrays.values():
            f.write(np.ascontiguousarray(a, dtype=np.float32).tobytes())
