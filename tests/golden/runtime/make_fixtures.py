#!/usr/bin/python3
"""Writes the tiny models of tests/Runtime: python3 make_fixtures.py (Debian's python3-onnx 1.12; opset 17, IR 8)."""
import os

import onnx
from onnx import TensorProto as T, helper as h

HERE = os.path.dirname(os.path.abspath(__file__))


def save(name, nodes, inputs, outputs, initializers=(), metadata=None, check=True, opset=17):
    graph = h.make_graph(nodes, name, inputs, outputs, initializer=list(initializers))
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", opset)], ir_version=8, producer_name="make_fixtures.py")
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    if check:
        onnx.checker.check_model(model, full_check=True)
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


def tensor(name, kind, shape):
    return h.make_tensor_value_info(name, kind, shape)


# One step of gradient descent on 0.5 * mean((x p - t)^2): p [4,3], x [8,4], t [8,3]; a counter; loss before the step.
save("sgd_step",
     [h.make_node("MatMul", ["x", "p"], ["y"]),
      h.make_node("Sub", ["y", "t"], ["e"]),
      h.make_node("Mul", ["e", "e"], ["ee"]),
      h.make_node("ReduceMean", ["ee"], ["mse"], keepdims=0),
      h.make_node("Mul", ["mse", "half"], ["loss"]),
      h.make_node("Transpose", ["x"], ["xt"], perm=[1, 0]),
      h.make_node("MatMul", ["xt", "e"], ["g"]),
      h.make_node("Div", ["g", "n"], ["grad"]),
      h.make_node("Mul", ["grad", "lr"], ["delta"]),
      h.make_node("Sub", ["p", "delta"], ["p_out"]),
      h.make_node("Add", ["steps", "one"], ["steps_out"])],
     [tensor("p", T.FLOAT, [4, 3]), tensor("steps", T.INT64, [1]), tensor("x", T.FLOAT, [8, 4]),
      tensor("t", T.FLOAT, [8, 3]), tensor("lr", T.FLOAT, [])],
     [tensor("p_out", T.FLOAT, [4, 3]), tensor("steps_out", T.INT64, [1]), tensor("loss", T.FLOAT, [])],
     [h.make_tensor("half", T.FLOAT, [], [0.5]), h.make_tensor("n", T.FLOAT, [], [24.0]), h.make_tensor("one", T.INT64, [1], [1])])

# y = 2x + 1 on any batch, with metadata.
save("dynamic_batch",
     [h.make_node("Mul", ["x", "two"], ["m"]), h.make_node("Add", ["m", "one"], ["y"])],
     [tensor("x", T.FLOAT, ["batch", 3])], [tensor("y", T.FLOAT, ["batch", 3])],
     [h.make_tensor("two", T.FLOAT, [], [2.0]), h.make_tensor("one", T.FLOAT, [], [1.0])],
     {"answer": "42", "name": "Lorenz ±"})

# Every type in and out: copies.
KINDS = [("f32", T.FLOAT), ("f64", T.DOUBLE), ("i64", T.INT64), ("i32", T.INT32), ("b8", T.BOOL), ("u8", T.UINT8)]
save("every_type", [h.make_node("Identity", [n], [n + "_out"]) for n, _ in KINDS],
     [tensor(n, k, ["n"]) for n, k in KINDS], [tensor(n + "_out", k, ["n"]) for n, k in KINDS])

# y = x * 1e-20: denormal for x = 1e-20, zero where denormals are flushed.
save("denormal", [h.make_node("Mul", ["x", "tiny"], ["y"])],
     [tensor("x", T.FLOAT, [4])], [tensor("y", T.FLOAT, [4])], [h.make_tensor("tiny", T.FLOAT, [], [1e-20])])

# s_out = s + x[i]. Fails while running, not while loading, when the index lies beyond the axis.
save("gather", [h.make_node("Gather", ["x", "i"], ["y"], axis=0), h.make_node("Add", ["s", "y"], ["s_out"])],
     [tensor("x", T.FLOAT, [3]), tensor("i", T.INT64, [1]), tensor("s", T.FLOAT, [1])], [tensor("s_out", T.FLOAT, [1])])

# An operator nobody has.
save("unknown_operator", [h.make_node("Frobnicate", ["x"], ["y"])],
     [tensor("x", T.FLOAT, [1])], [tensor("y", T.FLOAT, [1])], check=False)

# An output that is no number.
save("string_output", [h.make_node("Cast", ["x"], ["y"], to=T.STRING)],
     [tensor("x", T.FLOAT, [1])], [tensor("y", T.STRING, [1])])
