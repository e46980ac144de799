"""Writes golden_optimizers.h5: what PyTorch 1.13 (Debian 12, CPU, one thread, double precision) computes for

adam, adamw, adamw_no_decay   five steps of the small UNet of golden_training.h5's decay_clip, from the same start on the same batch:
                              parameters after 1 and 5
plateau                       ReduceLROnPlateau over made-up losses: the rate after each

Run, after make_golden.py: /usr/bin/python3 make_optimizers.py
"""
import os

import h5py
import numpy as np
import torch

from make_golden import HERE, UNet, loss_of, put


def steps(golden, make_optimizer):
    start = golden["decay_clip"]
    net = UNet(2, 5, 3)
    net.load_state_dict({k: torch.from_numpy(v[()]) for k, v in start["init"].items()}, strict=False)
    net.double()
    counts = torch.from_numpy(start["input"][()]).double()
    mask = torch.from_numpy(start["mask"][()] > 0)
    optimizer = make_optimizer(net.parameters())
    for step in range(1, 6):
        optimizer.zero_grad()
        loss_of(net, counts, mask)[0].backward()
        optimizer.step()
        yield step, {k: v.detach().numpy() for k, v in net.named_parameters()}


def plateau():
    losses = [5, 4, 4, 4.5, 4.2, 3.9, 3.9, 3.95, 4, 4, 4, 4, 3.5, 3.6, 3.7, 3.8, 3.9, 3.9, 3.9, 3.9]
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.02)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3, patience=2, threshold=0, min_lr=1e-3)
    rates = []
    for loss in losses:
        schedule.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    return {"losses": np.array(losses, float), "rates": np.array(rates)}


OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=5e-3, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=5e-3, weight_decay=0.1),
    "adamw_no_decay": lambda p: torch.optim.AdamW(p, lr=5e-3, weight_decay=0.0),
}

with h5py.File(os.path.join(HERE, "golden_training.h5"), "r") as golden, h5py.File(os.path.join(HERE, "golden_optimizers.h5"), "w") as out:
    for name, make_optimizer in OPTIMIZERS.items():
        for step, parameters in steps(golden, make_optimizer):
            if step in (1, 5):
                put(out, f"{name}/params_after_{step}", parameters)
    put(out, "plateau", plateau())
