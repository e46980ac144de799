"""Writes golden_training.h5 beside golden_unet.h5: what PyTorch 1.13 (Debian 12, CPU, one thread) computes for

unet_f64    the five AMSGrad steps of golden_unet.h5's train_3_29_20_linear again, in double precision: parameters after 1 and after 5
cnn         the baseline of one convolution of 13 bins: evaluation, training-mode output, gradients in both precisions, buffers
decay_clip  a small UNet, five steps of Adam with weight_decay after clip_grad_norm_, in both precisions

Run: /usr/bin/python3 make_golden.py
"""
import os

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(1)


class Interpolate(nn.Module):
    """n bins -> 2n - 1: the bins themselves and, between two of them, their sum."""

    def forward(self, x):
        between = F.pad(x[..., 1:] + x[..., :-1], (0, 1))
        return torch.stack((x, between), dim=-1).flatten(-2)[..., :-1]


class Stage(nn.Module):
    """Three convolutions, each with normalisation and ReLU."""

    def __init__(self, conv1, conv2, conv3, width):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = conv1, conv2, conv3
        self.bn1, self.bn2, self.bn3 = (nn.BatchNorm1d(width) for _ in range(3))

    def forward(self, x):
        for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = torch.relu(norm(conv(x)))
        return x


def down(c):
    return Stage(nn.Conv1d(c, 2 * c, 3, padding=1, groups=c), nn.Conv1d(2 * c, 2 * c, 1),
                 nn.Conv1d(2 * c, 2 * c, 3, stride=2, padding=1, groups=2 * c), 2 * c)


def up(c):
    return Stage(nn.Conv1d(2 * c, c, 3, padding=1, groups=c), nn.Conv1d(c, c, 1),
                 nn.Sequential(Interpolate(), nn.Conv1d(c, c, 3, padding=1)), c)


class UNet(nn.Module):
    def __init__(self, layers, dim, latent):
        super().__init__()
        self.embedding = nn.Conv1d(dim, latent, 1)
        self.downsample_layers = nn.ModuleList(down(latent << i) for i in range(layers))
        self.upsample_layers = nn.ModuleList(up(latent << i) for i in reversed(range(layers)))
        self.unembedding = nn.Conv1d(latent, dim, 1)

    def forward(self, x):
        bins, multiple = x.shape[-1], 1 << len(self.downsample_layers)
        pad = (1 - bins) % multiple
        x = self.embedding(F.pad(x, (pad // 2, pad - pad // 2)))
        skips = []
        for layer in self.downsample_layers:
            x = layer(x)
            skips.append(x)
        for i, layer in enumerate(self.upsample_layers):
            x = layer(skips.pop() if i == 0 else x + skips.pop())
        return self.unembedding(x)[..., pad // 2:pad // 2 + bins]


class Cnn(nn.Module):
    def __init__(self, dim, latent):
        super().__init__()
        self.embedding = nn.Conv1d(dim, latent, 1)
        self.smoothing = nn.Conv1d(latent, latent, 13, padding=6)
        self.bn = nn.BatchNorm1d(latent)
        self.unembedding = nn.Conv1d(latent, dim, 1)

    def forward(self, x):
        return self.unembedding(torch.relu(self.bn(self.smoothing(self.embedding(x)))))


def put(group, name, arrays):
    for key, value in arrays.items():
        value = np.asarray(value)
        options = dict(compression="gzip", compression_opts=9, shuffle=True) if value.size > 1000 else {}
        group.create_dataset(f"{name}/{key}" if key else name, data=value, **options)


def state(net, grad=False):
    return {k: (v.grad if grad else v).detach().numpy().copy() for k, v in (net.named_parameters() if grad else net.state_dict().items())}


def loss_of(net, counts, mask):
    output = net(torch.where(mask, torch.zeros_like(counts), counts))
    return F.poisson_nll_loss(output[mask], counts[mask], log_input=True, full=False), output


def train(net, counts, mask, steps, lr, weight_decay=0.0, max_norm=None):
    """Yields loss, gradient norm and gradients before each step's update, the net itself being after it."""
    adam = torch.optim.Adam(net.parameters(), lr=lr, weight_decay=weight_decay, amsgrad=True)
    for _ in range(steps):
        adam.zero_grad()
        loss, output = loss_of(net, counts, mask)
        loss.backward()
        gradients = state(net, grad=True)
        norm = nn.utils.clip_grad_norm_(net.parameters(), max_norm) if max_norm else torch.tensor(0.0)
        adam.step()
        yield loss.item(), norm.item(), gradients, output.detach().numpy().copy()


def unet_f64(out, golden):
    source = golden["train_3_29_20_linear"]
    net = UNet(3, 29, 20)
    names = list(net.state_dict())
    net.load_state_dict({k: torch.from_numpy(source["state_dict_init/" + k][()]) if source["state_dict_init/" + k].shape else torch.tensor(0) for k in names})
    net.double()
    counts = torch.from_numpy(source["input"][()]).double()
    mask = torch.from_numpy(source["mask_t"][()] > 0)[None, None].expand_as(counts)
    losses = []
    for step, (loss, _, _, _) in enumerate(train(net, counts, mask, 5, 1e-2), start=1):
        losses.append(loss)
        if step in (1, 5):
            put(out, f"unet_f64/params_after_{step}", {k: v.detach().numpy() for k, v in net.named_parameters()})
    put(out, "unet_f64/losses", {"": losses})
    print("float64 losses differ from golden_unet.h5 by", np.abs(np.array(losses) - golden["train_3_29_20_linear_f64/losses"][()]).max())


def randomise_normalisations(net):
    for module in net.modules():
        if isinstance(module, nn.BatchNorm1d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)


def cnn(out):
    torch.manual_seed(0)
    net = Cnn(7, 4)
    randomise_normalisations(net)
    put(out, "cnn/state_dict", state(net))
    net.eval()
    for bins in (1, 5, 13, 50):
        counts = torch.poisson(torch.full((3, 7, bins), 0.4))
        put(out, f"cnn/input_T{bins}", {"": counts.numpy()})
        put(out, f"cnn/output_T{bins}", {"": net(counts).detach().numpy()})
    counts = torch.poisson(torch.full((3, 7, 20), 0.4))
    mask = torch.rand(3, 7, 20) < 0.3
    put(out, "cnn/train_input", {"": counts.numpy()})
    put(out, "cnn/train_mask", {"": mask.numpy().astype(np.uint8)})
    for name, kind in (("f32", torch.float32), ("f64", torch.float64)):
        net.load_state_dict({k: torch.from_numpy(np.asarray(out["cnn/state_dict/" + k][()])) for k in net.state_dict()})
        net.to(kind).train()
        (loss, _, gradients, output), = train(net, counts.to(kind), mask, 1, 1e-2)
        put(out, f"cnn/loss_{name}", {"": loss})
        put(out, f"cnn/output_train_{name}", {"": output})
        put(out, f"cnn/grad_{name}", gradients)
        put(out, f"cnn/buffers_{name}", {k: v for k, v in state(net).items() if "running" in k})


def decay_clip(out):
    torch.manual_seed(3)
    start = UNet(2, 5, 3)
    counts = torch.poisson(torch.full((6, 5, 19), 0.5))
    mask = torch.rand(6, 5, 19) < 0.25
    put(out, "decay_clip/init", {k: v.detach().numpy() for k, v in start.named_parameters()})
    put(out, "decay_clip/input", {"": counts.numpy()})
    put(out, "decay_clip/mask", {"": mask.numpy().astype(np.uint8)})
    for name, kind in (("f32", torch.float32), ("f64", torch.float64)):
        net = UNet(2, 5, 3)
        net.load_state_dict(start.state_dict())
        net.to(kind)
        losses, norms = [], []
        for step, (loss, norm, _, _) in enumerate(train(net, counts.to(kind), mask, 5, 5e-3, weight_decay=0.1, max_norm=0.5), start=1):
            losses.append(loss)
            norms.append(norm)
            put(out, f"decay_clip/params_after_{step}_{name}", {k: v.detach().numpy() for k, v in net.named_parameters()})
        put(out, f"decay_clip/losses_{name}", {"": losses})
        put(out, f"decay_clip/norms_{name}", {"": norms})


if __name__ == "__main__":
    with h5py.File(os.path.join(HERE, "golden_unet.h5"), "r") as golden, h5py.File(os.path.join(HERE, "golden_training.h5"), "w") as out:
        unet_f64(out, golden)
        cnn(out)
        decay_clip(out)
