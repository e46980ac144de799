"""Gradients by PyTorch in float64, for tests/Grad/PyTorchGradientTests.cs. Run: python3 make_grad_golden.py > torch_gradients.json

Each case holds inputs and, for loss = sum(output * weights), the gradient of every input. Numbers are written in full
(repr), shapes beside them. The C# side builds the same network from the same operators and compares at 1e-9.
"""
import json
import torch
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def rand(*shape):
    return torch.randn(*shape).mul(64).round().div(64)  # Short decimals keep the file small.


def case(f, **inputs):
    variables = {k: v.clone().requires_grad_() for k, v in inputs.items()}
    output = f(**variables)
    weights = rand(*output.shape)
    (output * weights).sum().backward()
    tensor = lambda t: {"shape": list(t.shape), "data": t.detach().reshape(-1).tolist()}
    return {
        "inputs": {k: tensor(v) for k, v in inputs.items()},
        "weights": tensor(weights),
        "output": tensor(output),
        "gradients": {k: tensor(v.grad) for k, v in variables.items()},
    }


def attention(x, wq, wk, wv, wo):
    q, k, v = x @ wq, x @ wk, x @ wv
    heads = lambda t: t.reshape(2, 5, 2, 3).transpose(1, 2)
    scores = heads(q) @ heads(k).transpose(-1, -2) / 3 ** 0.5
    mixed = torch.softmax(scores, -1) @ heads(v)
    return mixed.transpose(1, 2).reshape(2, 5, 6) @ wo


def convnext(x, depth, norm_w, norm_b, w1, w2):
    y = F.conv1d(x, depth, padding=3, groups=4).transpose(1, 2)
    y = F.layer_norm(y, (4,), norm_w, norm_b, eps=2.0 ** -17)
    return x + (F.gelu(y @ w1) @ w2).transpose(1, 2)


def batch_norm(x, scale, bias):  # Training mode over batch and time: instance norm on [1, C, N].
    return F.batch_norm(x, None, None, scale, bias, training=True, eps=2.0 ** -17)


cases = {
    "conv1d_grouped_strided": case(
        lambda x, w, b: F.conv1d(x, w, b, stride=2, padding=2, dilation=2, groups=2), x=rand(2, 4, 11), w=rand(6, 2, 3), b=rand(6)),
    "conv1d_dense": case(lambda x, w, b: F.conv1d(x, w, b, padding=1), x=rand(2, 3, 7), w=rand(4, 3, 3), b=rand(4)),
    "conv1d_halving": case(lambda x, w: F.conv1d(x, w, stride=2, padding=1, groups=3), x=rand(2, 3, 8), w=rand(3, 1, 3)),
    "conv_transpose1d": case(
        lambda x, w, b: F.conv_transpose1d(x, w, b, stride=2, padding=1, output_padding=1, groups=2), x=rand(2, 4, 5), w=rand(4, 2, 3), b=rand(4)),
    "batch_norm_relu": case(lambda x, scale, bias: F.relu(batch_norm(x, scale, bias)), x=rand(3, 2, 6), scale=rand(2), bias=rand(2)),
    "layer_norm": case(lambda x, w, b: F.layer_norm(x, (3, 4), w, b, eps=2.0 ** -17), x=rand(2, 3, 4), w=rand(3, 4), b=rand(3, 4)),
    "gelu": case(lambda x: F.gelu(x), x=rand(20)),
    "poisson_loss": case(
        lambda logits, counts: F.poisson_nll_loss(logits, counts, reduction="none").mean().reshape(1), logits=rand(3, 4), counts=rand(3, 4)),
    "attention": case(attention, x=rand(2, 5, 6), wq=rand(6, 6), wk=rand(6, 6), wv=rand(6, 6), wo=rand(6, 6)),
    "convnext": case(convnext, x=rand(2, 4, 9), depth=rand(4, 1, 7), norm_w=rand(4), norm_b=rand(4), w1=rand(4, 8), w2=rand(8, 4)),
    "log_softmax": case(lambda x: F.log_softmax(x, 1), x=rand(2, 5, 3)),
}
print(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")))
