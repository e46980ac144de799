"""Small Neural Data Transformers made of PyTorch's own nn.TransformerEncoderLayer, one for each combination of options in CASES: weights,
evaluation outputs, and one training step's loss and gradients in float32 and float64. Writes golden_ndt.h5 beside this file.

The network is that of Ye & Pandarinath 2021 with a linear embedding (or none); relative positions are a bias per head and distance,
given to PyTorch's attention as its float mask. Needs torch and h5py.
"""
import math
import os

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
UNITS, TRIAL_BINS, REACH = 6, 14, 32
torch.set_num_threads(1)


class Ndt(nn.Module):
    def __init__(self, layers, heads, hidden, embed=2, positions="none", forward=-1, backward=-1, pre_norm=False, activation="relu"):
        super().__init__()
        self.heads, self.positions, self.context = heads, positions, (forward, backward)
        self.width = UNITS * max(1, embed)
        self.embedder = nn.Linear(UNITS, self.width) if embed else nn.Identity()
        self.pos_encoder = nn.Module()
        if positions == "learned":
            self.pos_encoder.pos_embedding = nn.Embedding(TRIAL_BINS, self.width)
        layer = nn.TransformerEncoderLayer(self.width, heads, hidden, dropout=0.0, activation=activation, batch_first=True, norm_first=pre_norm)
        self.transformer_encoder = nn.TransformerEncoder(layer, layers, nn.LayerNorm(self.width))
        if positions == "relative":
            for layer in self.transformer_encoder.layers:
                layer.self_attn.distance_bias = nn.Parameter(torch.zeros(heads, 2 * REACH + 1))
        self.decoder = nn.Sequential(nn.Linear(self.width, UNITS))

    def forward(self, counts):
        x = self.embedder(counts.transpose(1, 2)) * math.sqrt(self.width)
        trials, bins, _ = x.shape
        if self.positions == "learned":
            x = x + self.pos_encoder.pos_embedding(torch.arange(bins))
        if self.positions == "sinusoid":
            place = torch.arange(1, bins + 1, dtype=torch.float64).unsqueeze(1)
            angle = place * torch.exp(torch.arange(0, self.width, 2, dtype=torch.float64) * (-math.log(10000.0) / self.width))
            x = x + torch.stack((angle.sin(), angle.cos()), dim=2).flatten(1).to(x.dtype)
        distance = torch.arange(bins).unsqueeze(0) - torch.arange(bins).unsqueeze(1)
        mask = torch.zeros(bins, bins, dtype=x.dtype)
        forward, backward = self.context
        if forward >= 0:
            mask = mask.masked_fill(distance > forward, float("-inf"))
        if backward >= 0:
            mask = mask.masked_fill(distance < -backward, float("-inf"))
        for layer in self.transformer_encoder.layers:
            bias = mask.expand(self.heads, bins, bins)
            if self.positions == "relative":
                bias = bias + layer.self_attn.distance_bias[:, distance.clamp(-REACH, REACH) + REACH]
            x = layer(x, bias.repeat(trials, 1, 1))
        return self.decoder(self.transformer_encoder.norm(x)).transpose(1, 2)


CASES = {
    "learned": dict(layers=2, heads=2, hidden=7, positions="learned", forward=2, backward=3, bins=(TRIAL_BINS,)),
    "relative_prenorm_gelu": dict(layers=2, heads=2, hidden=7, embed=1, positions="relative", forward=0, pre_norm=True, activation="gelu", bins=(9, 40)),
    "identity_sinusoid": dict(layers=1, heads=3, hidden=5, embed=0, positions="sinusoid", bins=(TRIAL_BINS,)),
    "none_window": dict(layers=2, heads=1, hidden=5, embed=1, forward=1, backward=2, pre_norm=True, bins=(1, 9)),
}


def put(group, name, value):
    value = np.asarray(value)
    options = dict(compression="gzip", compression_opts=9, shuffle=True) if value.size > 1000 else {}
    group.create_dataset(name, data=value, **options)


def step(net, counts, mask):
    output = net(torch.where(mask, torch.zeros_like(counts), counts))
    loss = F.poisson_nll_loss(output[mask], counts[mask], log_input=True, full=False)
    net.zero_grad()
    loss.backward()
    return loss.item(), {k: p.grad.numpy().copy() for k, p in net.named_parameters()}


def write(out, seed, name, bins, **options):
    torch.manual_seed(seed)
    net = Ndt(**options)
    for parameter in net.parameters():
        if parameter.dim() == 1 or parameter.shape[-1] == 2 * REACH + 1:    # biases, normalisations, distances: nothing at its neutral value
            nn.init.uniform_(parameter, 0.2, 0.9)
    group = out.create_group(name)
    start = {k: v.clone() for k, v in net.state_dict().items()}
    for key, value in start.items():
        put(group, "state_dict/" + key, value.numpy())
    net.train()                                                             # the fast path of evaluation takes no mask per head
    for length in bins:
        counts = torch.poisson(torch.full((3, UNITS, length), 0.7))
        put(group, f"input_T{length}", counts.numpy())
        put(group, f"output_T{length}", net(counts).detach().numpy())
    counts = torch.poisson(torch.full((4, UNITS, TRIAL_BINS), 0.7))
    mask = torch.rand(counts.shape) < 0.3
    put(group, "train_input", counts.numpy())
    put(group, "train_mask", mask.numpy().astype(np.float32))
    _, single = step(net, counts, mask)
    net.load_state_dict(start)
    net.double()
    loss, double = step(net, counts.double(), mask)
    put(group, "loss", loss)
    for key in double:
        put(group, "grad_f32/" + key, single[key])
        put(group, "grad_f64/" + key, double[key])


def main():
    with h5py.File(os.path.join(HERE, "golden_ndt.h5"), "w", libver="latest") as out:
        for seed, (name, options) in enumerate(CASES.items(), start=1):
            write(out, seed, name, **options)


if __name__ == "__main__":
    main()
