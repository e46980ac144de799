"""Writes golden_resunet.h5, and golden_convnext.h5 of those with ConvNeXt V2's blocks: what PyTorch computes for small residual UNets
(models/ResUNet.cs), one group per combination of options.

state_dict      the weights, normalisations not neutral
input_T{bins}   counts [trial, unit, bin];  output_T{bins}: log-rates in evaluation mode
train_input, train_mask, loss, output_train, grad_f32/…, grad_f64/…, buffers: one training step, masked entries set to zero, Poisson loss of those

Run: /usr/bin/python3 make_golden.py   (torch 1.13.0, h5py 3.7.0 of Debian 12; CPU, one thread)
"""
import os

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
UNITS, TRIAL_BINS = 5, 14
torch.set_num_threads(1)


class LayerNorm(nn.Module):
    """Over the channels of each bin."""

    def __init__(self, width):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return F.layer_norm(x.transpose(1, 2), self.weight.shape, self.weight, self.bias).transpose(1, 2)


def norm(kind, width):
    return {"batch": nn.BatchNorm1d, "layer": LayerNorm, "group": lambda w: nn.GroupNorm(1, w), "none": lambda w: nn.Identity()}[kind](width)


class Conv(nn.Conv1d):
    """Keeps (or halves) the number of bins; zeros on both sides, or all of them before."""

    def __init__(self, inputs, outputs, kernel, stride=1, dilation=1, causal=False):
        super().__init__(inputs, outputs, kernel, stride=stride, dilation=dilation)
        zeros = (kernel - 1) * dilation
        self.pads = (zeros, 0) if causal else (zeros // 2, zeros // 2)

    def forward(self, x):
        return super().forward(F.pad(x, self.pads))


class Block(nn.Module):
    def __init__(self, width, o):
        super().__init__()
        self.norm1, self.norm2 = norm(o["norm"], width), norm(o["norm"], width)
        self.conv1, self.conv2 = (Conv(width, width, o["kernel"], dilation=o["dilation"], causal=o["causal"]) for _ in range(2))
        self.film = Film(width) if o["film"] else nn.Identity()

    def forward(self, x):
        h = self.conv1(torch.relu(self.norm1(x)))
        return x + self.film(self.conv2(torch.relu(self.norm2(h))))


class GRN(nn.Module):
    """Global response normalisation over [trial, channel, bin], as Woo et al. 2023 write it."""

    def __init__(self, width):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x):
        norm = torch.norm(x, p=2, dim=2, keepdim=True)
        relative = norm / (norm.mean(dim=1, keepdim=True) + 1e-6)
        return self.gamma[:, None] * (x * relative) + self.beta[:, None] + x


class ConvNext(nn.Module):
    def __init__(self, width, o):
        super().__init__()
        self.dwconv = nn.Conv1d(width, width, o["kernel"], padding=(o["kernel"] - 1) * o["dilation"] // 2, dilation=o["dilation"], groups=width)
        self.norm, self.grn = LayerNorm(width), GRN(4 * width)
        self.pwconv1, self.pwconv2 = nn.Conv1d(width, 4 * width, 1), nn.Conv1d(4 * width, width, 1)
        self.film = Film(width) if o["film"] else nn.Identity()

    def forward(self, x):
        h = F.gelu(self.pwconv1(self.norm(self.dwconv(x))))
        return x + self.film(self.pwconv2(self.grn(h)))


def block(width, o):
    return {"residual": Block, "convnext": ConvNext}[o["block"]](width, o)


class Film(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.hidden, self.output = nn.Conv1d(width, (width + 1) // 2, 1), nn.Conv1d((width + 1) // 2, 2 * width, 1)

    def forward(self, x):
        scale, shift = self.output(torch.relu(self.hidden(x.mean(dim=2, keepdim=True)))).chunk(2, dim=1)
        return x * (1 + scale) + shift


class Code(nn.Module):
    def __init__(self, width, bins, o):
        super().__init__()
        self.norm = norm(o["norm"], width)
        self.encoding, self.decoding = nn.Conv1d(width * bins, o["code"], 1), nn.Conv1d(o["code"], width * bins, 1)

    def forward(self, x):
        trial = self.norm(x).flatten(1).unsqueeze(2)
        return x + self.decoding(F.gelu(self.encoding(trial))).reshape(x.shape)


class Top(nn.Module):
    REACH = 32

    def __init__(self, width, bins, o):
        super().__init__()
        self.relative = o["positions"] == "relative"
        for name, features, places in (("time", width, bins), ("space", bins, width)):
            if o["top"] in (name, "both"):
                heads = next(h for h in (4, 2, 1) if features % h == 0)
                layer = nn.TransformerEncoderLayer(features, heads, 2 * features, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
                if o["positions"] == "learned":
                    layer.pos_embedding = nn.Embedding(places, features)
                if self.relative and name == "time":
                    layer.self_attn.distance_bias = nn.Parameter(torch.rand(heads, 2 * self.REACH + 1))
                setattr(self, name, layer)

    def forward(self, x):
        for name in ("time", "space"):
            layer = getattr(self, name, None)
            tokens = x.transpose(1, 2) if name == "time" else x
            if layer is not None:
                mask = None
                if hasattr(layer, "pos_embedding"):
                    tokens = tokens + layer.pos_embedding.weight
                if self.relative and name == "time":
                    places = torch.arange(tokens.shape[1])
                    distance = (places.unsqueeze(0) - places.unsqueeze(1)).clamp(-self.REACH, self.REACH) + self.REACH
                    mask = layer.self_attn.distance_bias[:, distance].repeat(len(x), 1, 1)
                training = layer.training
                layer.train()           # the fast path of evaluation takes no mask per head; there is no dropout
                tokens = layer(tokens, mask)
                layer.train(training)
                x = tokens.transpose(1, 2) if name == "time" else tokens
        return x


class Encoder(nn.Module):
    def __init__(self, inputs, outputs, o):
        super().__init__()
        self.block = block(inputs, o)
        self.halving = Conv(inputs, outputs, 3, stride=2, causal=o["causal"])


class Decoder(nn.Module):
    def __init__(self, inputs, outputs, skip, o):
        super().__init__()
        self.causal = o["causal"]
        self.narrowing = nn.Conv1d(inputs, outputs, 1)
        self.mixing = nn.Conv1d(2 * outputs, outputs, 1) if skip else None
        self.block = block(outputs, o)

    def forward(self, x, skip):
        x = self.narrowing(x)
        later = x if self.causal else (x + F.pad(x[..., 1:], (0, 1))) / 2
        x = torch.stack((x, later), dim=-1).flatten(-2)[..., :-1]
        if self.mixing is not None:
            x = self.mixing(torch.cat((x, skip), dim=1))
        return self.block(x)


class ResUNet(nn.Module):
    def __init__(self, layers, latent, **o):
        super().__init__()
        o = {"block": "residual", "norm": "batch", "width": "constant", "full_skip": True, "kernel": 3, "dilation": 1, "causal": False, "film": False, "code": 0, "top": "none", "positions": "none", **o}
        widths = [latent << i if o["width"] == "doubling" else latent for i in range(layers + 1)]
        self.embedding = nn.Conv1d(UNITS, latent, 1)
        self.encoders = nn.ModuleList(Encoder(widths[i], widths[i + 1], o) for i in range(layers))
        self.bottom = block(widths[-1], o)
        bottom_bins = (TRIAL_BINS + (1 - TRIAL_BINS) % (1 << layers) - 1 >> layers) + 1
        self.code = Code(widths[-1], bottom_bins, o) if o["code"] else nn.Identity()
        self.top = Top(widths[-1], bottom_bins, o)
        self.decoders = nn.ModuleDict({str(i): Decoder(widths[i + 1], widths[i], i > 0 or o["full_skip"], o) for i in reversed(range(layers))})
        self.norm = norm(o["norm"], latent)
        self.unembedding = nn.Conv1d(latent, UNITS, 1)

    def forward(self, x):
        bins, multiple = x.shape[-1], 1 << len(self.encoders)
        zeros = (1 - bins) % multiple
        x = self.embedding(F.pad(x, (zeros // 2, zeros - zeros // 2)))
        skips = []
        for encoder in self.encoders:
            skips.append(encoder.block(x))
            x = encoder.halving(skips[-1])
        x = self.top(self.code(self.bottom(x)))
        for decoder in self.decoders.values():
            x = decoder(x, skips.pop())
        return self.unembedding(self.norm(x))[..., zeros // 2:zeros // 2 + bins]


CASES = {
    "batch": dict(layers=2, latent=4),
    "layer_doubling": dict(layers=2, latent=4, norm="layer", width="doubling"),
    "group_noskip": dict(layers=2, latent=4, norm="group", full_skip=False),
    "none_dilated": dict(layers=1, latent=4, norm="none", kernel=5, dilation=2),
    "batch_causal": dict(layers=2, latent=4, causal=True),
    "group_code_film": dict(layers=2, latent=4, norm="group", code=6, film=True, bins=(TRIAL_BINS,)),
    "batch_code": dict(layers=1, latent=3, width="doubling", code=5, bins=(TRIAL_BINS,)),
    "none_film": dict(layers=1, latent=3, norm="none", film=True),
    "top_time_relative": dict(layers=1, latent=4, norm="layer", top="time", positions="relative"),
    "top_both_learned": dict(layers=1, latent=4, norm="layer", top="both", positions="learned", bins=(TRIAL_BINS,)),
    "top_space": dict(layers=2, latent=4, norm="layer", top="space", bins=(TRIAL_BINS,)),
}

CONVNEXT_CASES = {
    "batch": dict(layers=2, latent=4, block="convnext", kernel=7),
    "doubling_film": dict(layers=1, latent=3, block="convnext", kernel=3, norm="none", width="doubling", film=True),
    "layer_dilated_code": dict(layers=2, latent=4, block="convnext", kernel=5, dilation=2, norm="layer", code=3, bins=(TRIAL_BINS,)),
}


def randomise(net):
    for module in net.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.GroupNorm, LayerNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
        if isinstance(module, GRN):
            nn.init.uniform_(module.gamma, -1, 1)
            nn.init.uniform_(module.beta, -0.5, 0.5)
        if isinstance(module, nn.BatchNorm1d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)


def put(group, name, value):
    value = np.asarray(value)
    options = dict(compression="gzip", compression_opts=9, shuffle=True) if value.size > 1000 else {}
    group.create_dataset(name, data=value, **options)


def step(net, counts, mask):
    output = net(torch.where(mask, torch.zeros_like(counts), counts))
    loss = F.poisson_nll_loss(output[mask], counts[mask], log_input=True, full=False)
    net.zero_grad()
    loss.backward()
    return loss.item(), output.detach().numpy(), {k: p.grad.numpy().copy() for k, p in net.named_parameters()}


def write(out, seed, name, bins=(9, 14), **options):
    torch.manual_seed(seed)
    net = ResUNet(**options)
    randomise(net)
    group = out.create_group(name)
    start = {k: v.clone() for k, v in net.state_dict().items()}
    for key, value in start.items():
        put(group, "state_dict/" + key, value.numpy())
    net.eval()
    for length in bins:
        counts = torch.poisson(torch.full((3, UNITS, length), 0.7))
        put(group, f"input_T{length}", counts.numpy())
        put(group, f"output_T{length}", net(counts).detach().numpy())
    net.train()
    counts = torch.poisson(torch.full((4, UNITS, TRIAL_BINS), 0.7))
    mask = torch.rand(counts.shape) < 0.3
    put(group, "train_input", counts.numpy())
    put(group, "train_mask", mask.numpy().astype(np.float32))
    _, _, single = step(net, counts, mask)
    net.load_state_dict(start)
    net.double()
    loss, output, double = step(net, counts.double(), mask)
    put(group, "loss", loss)
    put(group, "output_train", output.astype(np.float32))
    for key in double:
        put(group, "grad_f32/" + key, single[key])
        put(group, "grad_f64/" + key, double[key])
    for key, value in net.named_buffers():
        put(group, "buffers/" + key, value.numpy())


def main():
    for file, cases in (("golden_resunet.h5", CASES), ("golden_convnext.h5", CONVNEXT_CASES)):
        with h5py.File(os.path.join(HERE, file), "w", libver="latest") as out:
            for seed, (name, options) in enumerate(cases.items(), start=1):
                write(out, seed, name, **options)


if __name__ == "__main__":
    main()
