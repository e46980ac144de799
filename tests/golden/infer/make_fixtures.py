#!/usr/bin/python3
"""Writes the tiny models of tests/Infer: python3 make_fixtures.py (Debian's python3-onnx 1.12 and numpy; opset 17, IR 8).

pyramid.onnx: a two-level network with strides, so that how a recording is cut matters. Input spikes [batch, bin, 4]; padded with zeros to
4k + 1 bins inside the graph (left = total / 2), as exported UNets do; 9 bins of receptive field each way; a bias before the first
convolution of three, so that a padded bin is not the same as the convolutions' own zeros. flat.onnx: no multiple, three bins. whole.onnx:
the same with a term of the trial's mean, so that it needs whole trials. other.onnx: an ONNX model without our metadata."""
import hashlib
import json
import os

import numpy as np
import onnx
from onnx import TensorProto as T, helper as h, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
UNITS, WIDTH, LATENT = 4, 6, 3
rng = np.random.RandomState(0)


def metadata(reach, multiple, **more):
    ids = ["a", "b", "c", "d"]
    hash = hashlib.sha256("".join(f"{len(i)}:{i}" for i in ids).encode()).hexdigest()
    values = {
        "format_version": "1", "bin_width_ms": "20", "unit_ids": json.dumps(ids), "unit_order_sha256": hash, "link": "log",
        "input_unit": "spikes/bin", "output_unit": "spikes/bin", "receptive_field_left": str(reach), "receptive_field_right": str(reach),
        "minimum_bins": "1", "bin_multiple": str(multiple), "training_data_sha256": "0" * 64, "scores": "[]", "verification": "{}",
        "commit": "unknown", "licence": "MIT", "architecture": "pyramid of tests/golden/infer", "created_by": "make_fixtures.py",
        **more,
    }
    return {"unet_spikes." + key: value for key, value in values.items()}


def save(name, nodes, inputs, outputs, weights, props):
    graph = h.make_graph(nodes, name, inputs, outputs, initializer=[numpy_helper.from_array(v, k) for k, v in weights.items()])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8, producer_name="make_fixtures.py")
    for key, value in props.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


def value(name, channels):
    return h.make_tensor_value_info(name, T.FLOAT, ["batch", "bin", channels])


def ints(*values):
    return np.array(values, np.int64)


def conv(weights, name, outs, ins, kernel):
    weights[name + ".w"] = (rng.randn(outs, ins, kernel) * (1.2 / np.sqrt(ins * kernel))).astype(np.float32)
    weights[name + ".b"] = (0.3 * rng.randn(outs)).astype(np.float32)
    return [name + ".w", name + ".b"]


def pyramid():
    w = {"one": ints(1), "two": ints(2), "zero": ints(0), "m": ints(4), "axis": ints(1),
         "double": np.tile(np.array([[[0.5, 1, 0.5]]], np.float32), (WIDTH, 1, 1))}
    n = [
        h.make_node("Shape", ["spikes"], ["bins"], start=1, end=2),
        h.make_node("Sub", ["one", "bins"], ["short"]),
        h.make_node("Mod", ["short", "m"], ["total"]),
        h.make_node("Div", ["total", "two"], ["left"]),
        h.make_node("Sub", ["total", "left"], ["right"]),
        h.make_node("Concat", ["zero", "left", "zero", "zero", "right", "zero"], ["pads"], axis=0),
        h.make_node("Pad", ["spikes", "pads"], ["padded"]),
        h.make_node("Transpose", ["padded"], ["x"], perm=[0, 2, 1]),
        h.make_node("Conv", ["x", *conv(w, "embed", WIDTH, UNITS, 1)], ["e"]),
        h.make_node("Conv", ["e", *conv(w, "down1", WIDTH, WIDTH, 3)], ["d1"], pads=[1, 1], strides=[2]),
        h.make_node("Relu", ["d1"], ["r1"]),
        h.make_node("Conv", ["r1", *conv(w, "down2", WIDTH, WIDTH, 3)], ["d2"], pads=[1, 1], strides=[2]),
        h.make_node("Relu", ["d2"], ["r2"]),
        h.make_node("ConvTranspose", ["r2", "double"], ["u1"], pads=[1, 1], strides=[2], group=WIDTH),
        h.make_node("Add", ["u1", "r1"], ["s1"]),
        h.make_node("Conv", ["s1", *conv(w, "up1", WIDTH, WIDTH, 3)], ["c1"], pads=[1, 1]),
        h.make_node("Relu", ["c1"], ["r3"]),
        h.make_node("ConvTranspose", ["r3", "double"], ["u2"], pads=[1, 1], strides=[2], group=WIDTH),
        h.make_node("Add", ["u2", "e"], ["s2"]),
        h.make_node("Conv", ["s2", *conv(w, "up2", LATENT, WIDTH, 3)], ["c2"], pads=[1, 1]),
        h.make_node("Relu", ["c2"], ["r4"]),
        h.make_node("Transpose", ["r4"], ["whole"], perm=[0, 2, 1]),
        h.make_node("Add", ["left", "bins"], ["end"]),
        h.make_node("Slice", ["whole", "left", "end", "axis"], ["latents"]),
        h.make_node("MatMul", ["latents", "out.w"], ["mixed"]),
        h.make_node("Add", ["mixed", "out.b"], ["log_rates"]),
        h.make_node("Exp", ["log_rates"], ["rates"]),
    ]
    w["out.w"] = (0.4 * rng.randn(LATENT, UNITS)).astype(np.float32)
    w["out.b"] = np.array([-1, -2, -1.5, -0.5], np.float32)
    save("pyramid", n, [value("spikes", UNITS)], [value("log_rates", UNITS), value("rates", UNITS), value("latents", LATENT)], w, metadata(9, 4))


def flat():
    w = {}
    n = [
        h.make_node("Transpose", ["spikes"], ["x"], perm=[0, 2, 1]),
        h.make_node("Conv", ["x", *conv(w, "c", UNITS, UNITS, 3)], ["y"], pads=[1, 1]),
        h.make_node("Transpose", ["y"], ["log_rates"], perm=[0, 2, 1]),
        h.make_node("Exp", ["log_rates"], ["rates"]),
    ]
    save("flat", n, [value("spikes", UNITS)], [value("log_rates", UNITS), value("rates", UNITS)], w, metadata(1, 1))


def whole():
    w = {"mean.w": (0.5 * rng.randn(UNITS, UNITS)).astype(np.float32)}
    n = [
        h.make_node("Transpose", ["spikes"], ["x"], perm=[0, 2, 1]),
        h.make_node("Conv", ["x", *conv(w, "c", UNITS, UNITS, 3)], ["y"], pads=[1, 1]),
        h.make_node("Transpose", ["y"], ["local"], perm=[0, 2, 1]),
        h.make_node("ReduceMean", ["spikes"], ["mean"], axes=[1], keepdims=1),
        h.make_node("MatMul", ["mean", "mean.w"], ["of_trial"]),
        h.make_node("Add", ["local", "of_trial"], ["log_rates"]),
        h.make_node("Exp", ["log_rates"], ["rates"]),
    ]
    props = metadata(1, 1, format_version="2", needs_trials="true", trial_bins="0")
    save("whole", n, [value("spikes", UNITS)], [value("log_rates", UNITS), value("rates", UNITS)], w, props)


def other():
    save("other", [h.make_node("Exp", ["spikes"], ["rates"])], [value("spikes", UNITS)], [value("rates", UNITS)], {}, {})


pyramid()
flat()
other()
whole()
