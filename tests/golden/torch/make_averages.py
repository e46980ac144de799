"""Checkpoints with an average of the weights beside them, as programs save them; with torch 1.13.0 (Debian 12).

    python3 make_averages.py

averaged_model.pt     torch.optim.swa_utils.AveragedModel, an EMA of parameters and buffers: its state_dict alone
timm.pth.tar          as timm's CheckpointSaver lays it out: state_dict and state_dict_ema
both.pt               a training loop's own: model_state_dict, ema_state_dict, swa_state_dict
swa_callback.ckpt     Lightning's StochasticWeightAveraging: average_model_state among the callbacks; buffers not averaged
weight_averaging.ckpt Lightning's WeightAveraging: the average is the state_dict, the newest the current_model_state
module.ckpt           a Lightning module that holds net, ema_net (an AveragedModel) and a loss
not_begun.ckpt        swa_callback.ckpt before the first average was taken
averages.json         embedding.weight and bn.running_mean in each, by kind

The network is the CNN baseline by its names, 3 units and 2 latents; a step of training is a random change of every number.
"""
import collections, json, os
import torch
from torch.optim.swa_utils import AveragedModel

KERNEL = 13

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(4)
expected = {}


class Cnn(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Conv1d(3, 2, 1)
        self.smoothing = torch.nn.Conv1d(2, 2, KERNEL, padding=KERNEL // 2)
        self.bn = torch.nn.BatchNorm1d(2)
        self.unembedding = torch.nn.Conv1d(2, 3, 1)


def step(net):
    with torch.no_grad():
        for number in list(net.parameters()) + [net.bn.running_mean, net.bn.running_var]:
            number.add_(0.1 * torch.rand_like(number))
        net.bn.num_batches_tracked += 1


def trained(*averages):
    """A network after four steps, and averages of the last three."""
    net = Cnn()
    step(net)
    made = [make(net) for make in averages]
    for _ in range(3):
        step(net)
        for average in made:
            average.update_parameters(net)
    return (net, *made)


def ema(net):
    return AveragedModel(net, avg_fn=lambda old, new, count: 0.6 * old + 0.4 * new, use_buffers=True)


def numbers(state):
    return {name: state[name].flatten().tolist() for name in ("embedding.weight", "bn.running_mean")}


def prefixed(state, prefix):
    return collections.OrderedDict((prefix + name, value) for name, value in state.items())


def save(name, content, **kinds):
    torch.save(content, os.path.join(here, name))
    expected[name] = {kind: numbers(net.state_dict()) for kind, net in kinds.items()}


def lightning(state, **more):
    return {"epoch": 1, "global_step": 4, "pytorch-lightning_version": "2.5.0", "state_dict": state, "loops": {}, "callbacks": {}, "hyper_parameters": {}, **more}


net, average = trained(ema)
save("averaged_model.pt", average.state_dict(), average=average.module)
save("timm.pth.tar", {"epoch": 1, "arch": "cnn", "state_dict": net.state_dict(), "version": 2, "state_dict_ema": average.module.state_dict()}, raw=net, ema=average.module)

net, average, mean = trained(ema, AveragedModel)
save("both.pt", {"model_state_dict": net.state_dict(), "ema_state_dict": average.module.state_dict(), "swa_state_dict": mean.state_dict(), "loss": 0.5}, raw=net, ema=average.module, swa=mean.module)

# The callback averages copies of the module by itself, so that there is no "module." and the count stands beside.
net, mean = trained(AveragedModel)
callback = lambda count, of: {"StochasticWeightAveraging": {"n_averaged": count, "latest_update_epoch": 3, "scheduler_state": None, "average_model_state": prefixed(of.state_dict(), "net.")}}
save("swa_callback.ckpt", lightning(prefixed(net.state_dict(), "net."), callbacks=callback(3, mean.module)), raw=net, swa=mean.module)
save("not_begun.ckpt", lightning(prefixed(net.state_dict(), "net."), callbacks=callback(0, Cnn())), raw=net)

net, average = trained(ema)
state = average.state_dict()
save("weight_averaging.ckpt", lightning(
    prefixed(average.module.state_dict(), "net."), current_model_state=prefixed(net.state_dict(), "net."), averaging_state={"n_averaged": state["n_averaged"]}), raw=net, average=average.module)

# As AveragedModel does since PyTorch 2, the buffers are the newest ones.
net, average = trained(AveragedModel)
average.module.bn.load_state_dict({**average.module.bn.state_dict(), **{name: value for name, value in net.bn.state_dict().items() if "running" in name}})
save("module.ckpt", lightning({**prefixed(net.state_dict(), "net."), **prefixed(average.state_dict(), "ema_net."), "loss.weight": torch.ones(1)}), raw=net, ema=average.module)

json.dump(expected, open(os.path.join(here, "averages.json"), "w"), indent=0)
