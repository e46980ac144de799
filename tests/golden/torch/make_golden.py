"""Files of torch.save with every kind of tensor that is read, and what is in them; with torch 1.13.0 and numpy 1.24 (Debian 12).

    python3 make_golden.py

views.pt         tensors of every element type, contiguous and not, that share storages
big_endian.pt    a part of it as a machine with the other byte order writes it
newer.pt         as PyTorch 2 writes tensors with attributes, packed by another zip program
bfloat16.pt      a state_dict in bfloat16, the values exact there
busy.ckpt        what Lightning checkpoints hold beside the state_dict: optimizers, callbacks, hyper-parameters in objects
ndt.pt           as the code of NDT saves it: its configuration beside the state_dict (positions: sines and cosines)
legacy.pt        the format before PyTorch 1.6
script.pt        a TorchScript archive
module.pt        a whole module instead of its state_dict
expected.json    names, sizes and numbers of views.pt and busy.ckpt
"""
import argparse, collections, functools, json, math, os, pathlib, sys, types, zipfile
import numpy
import torch

here = os.path.dirname(os.path.abspath(__file__))
path = lambda name: os.path.join(here, name)
torch.manual_seed(3)


def views():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 7
    d = collections.OrderedDict()
    d["contiguous"] = base
    d["transposed"] = base.t()
    d["every_other"] = base[::2, 1::2]
    d["offset"] = base[1:3]
    d["row"] = base[2]
    d["scalar"] = torch.tensor(1.5)
    d["of_scalar"] = base[3, 5]
    d["channels_last"] = torch.arange(24, dtype=torch.float32).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last)
    d["nothing"] = torch.zeros(5, 0)
    d["extremes"] = torch.tensor([0.0, -0.0, 1e-45, 3.4028235e38, -1.0])
    d["parameter"] = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    marked = torch.nn.Parameter(torch.tensor([4.0, -8.0]))
    marked.note = "an attribute of its own"
    d["marked"] = marked
    d["float64"] = torch.tensor([1 / 3, 2 ** 60 + 1.0], dtype=torch.float64)
    d["float16"] = torch.tensor([1 / 3, 6e-8, 65504.0], dtype=torch.float16)
    d["bfloat16"] = torch.tensor([1 / 3, 1e-40, 3e38], dtype=torch.bfloat16)
    d["int64"] = torch.tensor([-(2 ** 40), 7], dtype=torch.int64)
    d["int32"] = torch.tensor([-5, 2 ** 20], dtype=torch.int32)
    d["int16"] = torch.tensor([-300, 300], dtype=torch.int16)
    d["int8"] = torch.tensor([-128, 127], dtype=torch.int8)
    d["uint8"] = torch.tensor([0, 255], dtype=torch.uint8)
    d["bool"] = torch.tensor([True, False])
    return d


def described(d):
    return {name: {"dims": list(t.shape), "values": t.detach().double().float().flatten().tolist()} for name, t in d.items()}


def big_endian():
    """Every storage's bytes turned, and the entry that says so (PyTorch writes it since 2.1)."""
    small = collections.OrderedDict(a=torch.tensor([[1.5, -2.25], [3.0, 1e-3]]).t(), n=torch.tensor(5, dtype=torch.int64))
    torch.save(small, path("big_endian.pt"))
    with zipfile.ZipFile(path("big_endian.pt")) as z:
        entries = [(i.filename, z.read(i)) for i in z.infolist()]
    sizes = {"data/0": 4, "data/1": 8}
    with zipfile.ZipFile(path("big_endian.pt"), "w") as z:
        for name, data in entries:
            size = next((s for end, s in sizes.items() if name.endswith(end)), None)
            if size:
                data = b"".join(data[i:i + size][::-1] for i in range(0, len(data), size))
            z.writestr(name, data)
        z.writestr(entries[0][0].replace("data.pkl", "byteorder"), "big")


def fake(module, name, base=dict):
    """A class of a library that is not installed: only its name gets into the file."""
    parts = module.split(".")
    for i in range(len(parts)):
        full = ".".join(parts[:i + 1])
        if full not in sys.modules:
            sys.modules[full] = types.ModuleType(full)
    made = type(name, (base,), {"__module__": module})
    setattr(sys.modules[module], name, made)
    return made


def busy():
    net = torch.nn.Linear(3, 2)
    state = collections.OrderedDict(("net." + k, v) for k, v in net.state_dict().items())
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    attributes = fake("pytorch_lightning.utilities.parsing", "AttributeDict")
    checkpoint = {
        "epoch": 2, "global_step": 41, "pytorch-lightning_version": "1.9.5",
        "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 3}}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'loss'}": {
            "best_model_score": torch.tensor(0.25), "best_model_path": pathlib.PosixPath("/somewhere/best.ckpt"),
            "best_k_models": collections.defaultdict(list, a=[1.0]), "numpy": numpy.float64(1.5), "array": numpy.arange(3)}},
        "optimizer_states": [optimizer.state_dict()],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": attributes(
            lr=1e-3, name="net", deep={"beta": 2, "flags": [1, 2], "on": True}, args=argparse.Namespace(ilink="softplus"),
            optimizer=functools.partial(torch.optim.Adam, lr=0.1), device=torch.device("cpu"), dtype=torch.float32, size=torch.Size([1, 2]),
            nothing=None, seen={1, 2}, huge=2 ** 100, raw=b"\x00\x01", span=slice(1, 2), number=complex(1, 2)),
    }
    torch.save(checkpoint, path("busy.ckpt"))
    return described(net.state_dict())


def ndt():
    """The arrays of a transformer of 2 blocks for 4 units, embedded linearly to width 8, sines and cosines for 12 bins (offset 1, as in NDT)."""
    width, units, bins = 8, 4, 12
    block = torch.nn.TransformerEncoderLayer(width, nhead=4, dim_feedforward=16)
    position = torch.arange(0, bins, dtype=torch.float).unsqueeze(1) + 1
    frequencies = torch.exp(torch.arange(0, width, 2).float() * (-math.log(10000.0) / width))
    pe = torch.zeros(bins, width)
    pe[:, 0::2], pe[:, 1::2] = torch.sin(position * frequencies), torch.cos(position * frequencies)

    class Transformer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedder = torch.nn.Linear(units, width)
            self.pos_encoder = torch.nn.Module()
            self.pos_encoder.register_buffer("pe", pe.unsqueeze(1))
            self.transformer_encoder = torch.nn.TransformerEncoder(block, 2, norm=torch.nn.LayerNorm(width))
            self.decoder = torch.nn.Sequential(torch.nn.Linear(width, units))

        def forward(self, counts):
            x = self.embedder(counts.permute(1, 0, 2)) * math.sqrt(width) + self.pos_encoder.pe
            ahead = torch.triu(torch.ones(bins, bins), diagonal=-3).t() == 1
            behind = torch.triu(torch.ones(bins, bins), diagonal=-5) == 1
            seen = ahead & behind
            mask = torch.zeros(bins, bins).masked_fill(~seen, float("-inf"))
            return self.decoder(self.transformer_encoder(x, mask)).permute(1, 0, 2)

    net = Transformer().eval()
    node = fake("yacs.config", "CfgNode")
    config = node(SEED=1, MODEL=node(NAME="NeuralDataTransformer", NUM_HEADS=4, CONTEXT_FORWARD=3, CONTEXT_BACKWARD=5, CONTEXT_WRAP_INITIAL=False,
                                     FULL_CONTEXT=False, PRE_NORM=False, SCALE_NORM=False, ACTIVATION="relu", LOGRATE=True, LOSS=node(TYPE="poisson", TOPK=1.0)))
    config.__dict__["__immutable__"] = True
    torch.save({"state_dict": net.state_dict(), "optim_state": None, "config": config, "best_val": {"value": 1.0, "update": 3}}, path("ndt.pt"))
    counts = torch.poisson(torch.full((2, bins, units), 0.7))
    with torch.no_grad():
        rates = net(counts)
    return {"counts": counts.flatten().tolist(), "log_rates": rates.flatten().tolist()}


def newer():
    """What newer versions of PyTorch call to make a tensor with attributes, and protocol 4, entry by entry."""
    text = lambda value: b"\x8c" + bytes([len(value)]) + value.encode()
    name = lambda module, function: text(module) + text(function) + b"\x93\x94"
    view = b"(" + b"(" + text("storage") + name("torch", "FloatStorage") + text("0") + text("cuda:0") + b"K\x03tQK\x01K\x02\x85K\x01\x85\x89" + name("collections", "OrderedDict") + b")Rt"
    plain = name("torch._utils", "_rebuild_tensor_v2") + view + b"R"
    data = b"\x80\x04\x95" + (900).to_bytes(8, "little") + b"}("
    data += text("a") + name("torch._tensor", "_rebuild_from_type_v2") + b"(" + name("torch._utils", "_rebuild_tensor_v2") + name("torch", "Tensor") + view + b"}tR"
    data += text("b") + name("torch._utils", "_rebuild_parameter_with_state") + b"(" + plain + b"\x88" + name("collections", "OrderedDict") + b")R}tR"
    with zipfile.ZipFile(path("newer.pt"), "w", zipfile.ZIP_DEFLATED) as z:
        for entry, content in {"data.pkl": data + b"u.", ".format_version": b"1", "byteorder": b"little", "data/0": numpy.float32([9, 1.5, -2]).tobytes(), "version": b"3\n"}.items():
            z.writestr(zipfile.ZipInfo("newer/" + entry), content, zipfile.ZIP_DEFLATED)


class Whole(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Conv1d(3, 2, 1)

    def forward(self, x):
        return self.embedding(x)


all_views = views()
torch.save(all_views, path("views.pt"))
big_endian()
newer()
torch.save({k: v.bfloat16() for k, v in {"module.a": torch.tensor([1.0, 0.5]), "module.b": torch.tensor([-2.0])}.items()}, path("bfloat16.pt"))
torch.save({"a": torch.ones(2)}, path("legacy.pt"), _use_new_zipfile_serialization=False)
torch.jit.script(Whole()).save(path("script.pt"))
torch.save(Whole(), path("module.pt"))
json.dump({"views": described(all_views), "busy": busy(), "ndt": ndt()}, open(path("expected.json"), "w"), indent=0)
