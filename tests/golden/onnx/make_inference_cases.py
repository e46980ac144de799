#!/usr/bin/python3
"""Writes inference.json: for each operator, inputs and attributes, and the output types and shapes that
onnx's own shape inference (strict, with data propagation) gives for them at opset 17.

    /usr/bin/python3 make_inference_cases.py > inference.json

Symbols (batch, bins) are also replaced by numbers (BATCH, BINS), so that what a symbol becomes can be checked.
An operator that onnx 1.12 does not have is asked for through an equivalent that it has ("oracle").
"""
import json
import sys

import onnx
from onnx import TensorProto, helper, shape_inference

TYPES = {"f": TensorProto.FLOAT, "d": TensorProto.DOUBLE, "h": TensorProto.FLOAT16, "l": TensorProto.INT64,
         "i": TensorProto.INT32, "b": TensorProto.BOOL, "u": TensorProto.UINT8, "s": TensorProto.INT8}
LETTERS = {v: k for k, v in TYPES.items()}
SYMBOLS = [{"batch": 4, "bins": 6}, {"batch": 1, "bins": 9}]
cases = []


def T(letter, *dims):
    return {"type": letter, "dims": list(dims)}


def F(*dims):
    return T("f", *dims)


def K(*values, type="l"):
    """A constant list of integers."""
    return {"type": type, "dims": [len(values)], "values": list(values)}


def S(value, type="l"):
    """A constant scalar."""
    return {"type": type, "dims": [], "values": [value]}


def attribute(name, value):
    if isinstance(value, dict):  # a tensor: {"type", "dims", "values"}
        return helper.make_attribute(name, helper.make_tensor(name, TYPES[value["type"]], value["dims"], value["values"]))
    return helper.make_attribute(name, value)


def infer(op, inputs, outputs, attributes, symbols):
    values, initializers, names = [], [], []
    for i, v in enumerate(inputs):
        if v is None:
            names.append("")
            continue
        names.append(f"x{i}")
        if "values" in v:
            initializers.append(helper.make_tensor(f"x{i}", TYPES[v["type"]], v["dims"], v["values"]))
        else:
            dims = [symbols.get(d, d) for d in v["dims"]]
            values.append(helper.make_tensor_value_info(f"x{i}", TYPES[v["type"]], dims))
    outs = [f"y{i}" for i in range(outputs)]
    if op == "If":
        for key in ("then_branch", "else_branch"):
            source = attributes[key]
            body = helper.make_graph([helper.make_node("Identity", [f"x{source}"], [f"{key}_out"])], key, [],
                                     [helper.make_empty_tensor_value_info(f"{key}_out")])
            attributes = {**attributes, key: body}
        names = names[:1]
    node = helper.make_node(op, names, outs)
    node.attribute.extend(attribute(k, v) if not isinstance(v, onnx.GraphProto) else helper.make_attribute(k, v)
                          for k, v in attributes.items())
    graph = helper.make_graph([node], "case", values, [helper.make_empty_tensor_value_info(o) for o in outs], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    found = {v.name: v.type.tensor_type for v in list(inferred.graph.output) + list(inferred.graph.value_info)}
    result = []
    for o in outs:
        t = found[o]
        dims = None
        if t.HasField("shape"):
            dims = [d.dim_value if d.HasField("dim_value") else
                    None if d.dim_param == "" or d.dim_param.startswith("unk__") else d.dim_param for d in t.shape.dim]
        result.append({"type": LETTERS[t.elem_type], "dims": dims})
    return result


def C(op, inputs, outputs=1, domain="", opset=17, oracle=None, **attributes):
    """A case. oracle = (operator, inputs, attributes) where onnx 1.12 does not have this one."""
    o_op, o_inputs, o_attributes = oracle or (op, inputs, attributes)
    case = {"op": op, "domain": domain, "opset": opset, "inputs": inputs, "attributes": attributes,
            "outputs": infer(o_op, o_inputs, outputs, o_attributes, {})}
    if any(v and any(isinstance(d, str) for d in v["dims"]) for v in inputs):
        case["concrete"] = []
        for symbols in SYMBOLS:
            try:
                case["concrete"].append({"symbols": symbols, "outputs": infer(o_op, o_inputs, outputs, o_attributes, symbols)})
            except Exception as e:  # a size the operator does not take
                print(f"{op}: {symbols}: {e}", file=sys.stderr)
    cases.append(case)


def R(op, inputs, outputs=1, **attributes):
    """A case that onnx refuses too."""
    try:
        infer(op, inputs, outputs, attributes, {})
    except Exception:
        cases.append({"op": op, "domain": "", "opset": 17, "inputs": inputs, "attributes": attributes,
                      "refused": True, "outputs": [{}] * outputs})
        return
    raise SystemExit(f"onnx accepts {op} {inputs} {attributes}")


# Element by element.
for op in ["Add", "Sub", "Mul", "Div", "Min", "Max", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal", "Pow"]:
    C(op, [F(3, 4), F(3, 4)])
    C(op, [F(3, 4), F(4)])
    C(op, [F(3, 1), F(1, 4)])
    C(op, [F(0, 4), F(1)])
    C(op, [F("batch", 1, 4), F("bins", 4)])
    C(op, [F("batch", 4), F(1, 1)])
    C(op, [T("l", 2), T("l")])
    if op not in ("LessOrEqual", "GreaterOrEqual"):  # functions: onnx does not look at their shapes
        R(op, [F(3, 4), F(3)])
    if op not in ("Min", "Max"):  # onnx does not compare the types of a repeated input
        R(op, [F(3), T("b", 3)])
C("Mod", [T("l", 3, 4), T("l", 4)])
C("Mod", [F(3), F(3)], fmod=1)
C("Pow", [F(3), T("l", 3)])
C("Min", [F(3, 1), F(4), F(2, 1, 1)])
C("Max", [F(3)])
for op in ["And", "Or"]:
    C(op, [T("b", 3, 1), T("b", "batch")])
    R(op, [F(3), F(3)])
C("Not", [T("b", 2, 0)])
C("Where", [T("b", 3, 1), F(4), F(2, 1, 1)])
C("Where", [T("b"), T("l", "batch", 2), T("l", 2)])
R("Where", [T("b", 3), F(4), F(1)])
for op in ["Neg", "Abs", "Sign", "Reciprocal", "Exp", "Log", "Sqrt", "Floor", "Ceil", "Round", "Erf", "Relu", "Sigmoid", "Tanh",
           "Softplus", "IsNaN", "LeakyRelu", "HardSigmoid", "Identity", "Softmax", "LogSoftmax"]:
    C(op, [F("batch", 0, 5)])
    C(op, [T("d", 3)])
for op in ["Exp", "Relu", "Softmax", "Reciprocal"]:
    R(op, [T("b", 3)])
C("IsInf", [F("batch", 5)], detect_negative=0)
C("LeakyRelu", [F(2)], alpha=0.1)
C("HardSigmoid", [F(2)], alpha=0.1, beta=0.0)
C("Softmax", [F(2, 3, 4)], axis=1)
C("LogSoftmax", [F(2, 3, 4)], axis=-3)
R("Softmax", [F(2, 3)], axis=2)
C("Gelu", [F("batch", 3)], domain="com.microsoft", oracle=("Erf", [F("batch", 3)], {}))
C("Gelu", [F("batch", 3)], opset=20, approximate="tanh", oracle=("Erf", [F("batch", 3)], {}))
C("Clip", [F("batch", 3), S(0.0, "f"), S(1.0, "f")])
C("Clip", [F(3), None, S(1.0, "f")])
C("Cast", [F("batch", 3)], to=7)
C("Cast", [T("b", 3)], to=11)
C("Cast", [T("l")], to=10)

# Products and convolutions.
for a, b in [((2, 3), (3, 4)), ((3,), (3,)), ((3,), (3, 4)), ((2, 3), (3,)), ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (6, 3, 4)),
             (("batch", 2, 3), (3, "bins")), ((0, 3), (3, 4)), ((2, 0), (0, 4)), (("batch", 2, 3), ("batch", 3, 4))]:
    C("MatMul", [F(*a), F(*b)])
    C("FusedMatMul", [F(*a), F(*b)], domain="com.microsoft", alpha=0.5, oracle=("MatMul", [F(*a), F(*b)], {}))
C("FusedMatMul", [F(7, 3, 2), F(7, 4, 3)], domain="com.microsoft", transA=1, transB=1,
  oracle=("MatMul", [F(7, 2, 3), F(7, 3, 4)], {}))
R("MatMul", [F(2, 3), F(4, 5)])
R("MatMul", [F(2, 2, 3), F(5, 3, 4)])
R("MatMul", [F(), F(3)])
C("Gemm", [F(2, 3), F(3, 4)])
C("Gemm", [F(3, "batch"), F(4, 3), F(4)], transA=1, transB=1, alpha=0.5, beta=2.0)
C("Gemm", [T("d", 2, 3), T("d", 3, 4), T("d", 2, 1)])
R("Gemm", [F(2, 3), F(4)])
W = F(6, 4, 3)
C("Conv", [F(2, 4, 10), W])
C("Conv", [F(2, 4, 10), W, F(6)], kernel_shape=[3], pads=[1, 1], strides=[2])
C("Conv", [F(2, 4, 10), W], dilations=[3], pads=[0, 2])
C("Conv", [F(2, 8, 10), F(6, 4, 3)], group=2)
C("Conv", [F("batch", 4, "bins"), W], pads=[1, 1])
C("Conv", [F("batch", 4, "bins"), W], pads=[1, 1], strides=[2])
C("Conv", [F(1, 4, 10, 7), F(6, 4, 3, 1)], strides=[2, 1], pads=[1, 0, 1, 0])
C("Conv", [F(0, 4, 10), W])
C("Conv", [F(2, 4, 10), W], auto_pad="SAME_UPPER", strides=[3])
C("Conv", [F(2, 4, 10), W], auto_pad="VALID", strides=[3])
C("Conv", [F(2, 4, 9, 9, 9), F(6, 4, 3, 3, 3)])
C("FusedConv", [F(2, 4, 10), W], domain="com.microsoft", pads=[1, 1], activation="Relu", oracle=("Conv", [F(2, 4, 10), W], {"pads": [1, 1]}))
R("Conv", [F(2, 4, 10), W], strides=[1, 1])
R("Conv", [F(2, 4, 10), W], pads=[1])
V = F(4, 3, 3)
C("ConvTranspose", [F(2, 4, 10), V])
C("ConvTranspose", [F(2, 4, 10), V, F(3)], strides=[2], pads=[1, 1], output_padding=[1])
C("ConvTranspose", [F(2, 4, 10), V], group=2, dilations=[2])
C("ConvTranspose", [F(2, 4, 10), V], strides=[2], output_shape=[21])
C("ConvTranspose", [F("batch", 4, 10), V], strides=[3])
C("ConvTranspose", [F(2, 4, 5, 6), F(4, 3, 2, 3)], strides=[2, 1], pads=[0, 1, 1, 0])

# Reductions.
for op in ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL2"]:
    C(op, [F("batch", 3, 4)])
    C(op, [F("batch", 3, 4)], axes=[-1], keepdims=0)
    C(op, [F(2, 0, 4)], axes=[0, 2])
    R(op, [F(2, 3)], axes=[2])
    for axes, keep in [(K(0, -1), 0), (K(1), 1)]:
        C(op, [F("batch", 3, 4), axes], opset=18, keepdims=keep, oracle=("ReduceSum", [F("batch", 3, 4), axes], {"keepdims": keep}))
C("ReduceSum", [F("batch", 3, 4), K(1)])
C("ReduceSum", [F("batch", 3, 4), K(0, -1)], keepdims=0)
C("ReduceSum", [F("batch", 3, 4)], keepdims=0)
C("ReduceSum", [F("batch", 3, 4)], noop_with_empty_axes=1)
C("ReduceSum", [F(2, 3), T("l", 1)], keepdims=1)
R("ReduceSum", [F(2, 3), K(2)])
C("ArgMax", [F("batch", 3, 4)], axis=1)
C("ArgMax", [F("batch", 3, 4)], axis=-1, keepdims=0)
R("ArgMax", [F(2)], axis=1)
C("CumSum", [F("batch", 3), S(1)], reverse=1)

# Normalizations.
C("InstanceNormalization", [F("batch", 3, 10), F(3), F(3)], epsilon=1e-3)
C("BatchNormalization", [F("batch", 3, 10)] + [F(3)] * 4)
C("BatchNormalization", [F(2, 3)] + [F(3)] * 4, outputs=3, training_mode=1)
C("LayerNormalization", [F("batch", 3, 4), F(4), F(4)])
C("LayerNormalization", [F("batch", 3, 4), F(3, 4)], outputs=3, axis=1)

# Shapes and layouts.
C("Shape", [F("batch", 3, 4)])
C("Shape", [F("batch", 3, 4)], start=1)
C("Shape", [F("batch", 3, 4)], start=-2, end=-1)
C("Shape", [F()])
C("Size", [F("batch", 3)])
C("Reshape", [F(2, 3, 4), K(6, 4)])
C("Reshape", [F(2, 3, 4), K(0, -1)])
C("Reshape", [F("batch", 3, 4), K(0, 12)])
C("Reshape", [F("batch", 3, 4), K(-1, 12)])
C("Reshape", [F(0, 3), K(3, 0)], allowzero=1)
C("Reshape", [F(2, 3), T("l", 4)])
C("Reshape", [F(1), T("l", 0)])
C("Reshape", [F(6), K(-1)])
R("Reshape", [F(2, 3), K(-1, -1)])
R("Reshape", [F(2, 3), K(4, -1)])
R("Reshape", [F(2), K(1, 2, 0)])
C("Flatten", [F(2, 3, 4)])
C("Flatten", [F(2, 3, 4)], axis=0)
C("Flatten", [F("batch", 3, 4)], axis=-2)
R("Flatten", [F(2, 3)], axis=3)
C("Squeeze", [F(1, 3, 1), K(0)])
C("Squeeze", [F(1, 3, 1)])
C("Squeeze", [F("batch", 1), K(-1)])
R("Squeeze", [F(2, 3), K(0)])
C("Unsqueeze", [F("batch", 3), K(0, -1)])
C("Unsqueeze", [F(), K(0)])
R("Unsqueeze", [F(2), K(0, 0)])
C("Transpose", [F("batch", 3, 4)])
C("Transpose", [F("batch", 3, 4)], perm=[1, 0, 2])
R("Transpose", [F(2, 3)], perm=[0, 2])
C("Expand", [F(3, 1), K(2, 1, 4)])
C("Expand", [F("batch", 1), K(1, 5)])
C("Expand", [F(3, 1), T("l", 3)])
R("Expand", [F(3), K(4)])
C("Tile", [F("batch", 3), K(1, 2)])
C("Tile", [F(2, 3), K(3, 0)])
C("Tile", [F(2, 3), T("l", 2)])
C("Concat", [F("batch", 3), F("batch", 4)], axis=1)
C("Concat", [F(2, 3), F(0, 3), F(5, 3)], axis=-2)
C("Concat", [F("batch", 3), F(2, 3)], axis=0)
R("Concat", [F(2, 3), F(2, 4)], axis=0)
R("Concat", [F(2, 3), F(2)], axis=0)
C("Split", [F("batch", 6), K(1, 5)], outputs=2, axis=1)
C("Split", [F(6, 2)], outputs=3)
C("Split", [F(6, 2), K(6, 0)], outputs=2)
C("Split", [F("batch", 6)], outputs=2, opset=18, axis=1, num_outputs=2, oracle=("Split", [F("batch", 6)], {"axis": 1}))
R("Split", [F(6), K(1, 2)], outputs=2)
C("Pad", [F("batch", 3), K(0, 1, 0, 2)])
C("Pad", [F(5, 3), K(-1, 0, -2, 0), S(1.0, "f")])
C("Pad", [F("batch", 3), K(1, 0, 1, 0)])
C("Pad", [F(5, 3), T("l", 4)], mode="edge")
C("Pad", [F(5, 3), K(1, 1), None, K(-1)], opset=18, oracle=("Pad", [F(5, 3), K(0, 1, 0, 1)], {}))
R("Pad", [F(5, 3), K(1, 1)])
C("Trilu", [F("batch", 3, 3)], upper=0)
R("Trilu", [F(3)])

# Positions.
C("Slice", [F(10, 5), K(1), K(9)])
C("Slice", [F(10, 5), K(0, 1), K(2**63 - 1, -1), K(0, -1), K(3, 2)])
C("Slice", [F(10), K(-1), K(-(2**63)), K(0), K(-1)])
C("Slice", [F(10), K(7), K(3)])
C("Slice", [F(10), K(-3), K(-20), K(0), K(-2)])
C("Slice", [F("batch", 5), K(1), K(3), K(1)])
C("Slice", [F("batch", 5), K(0), K(2), K(0)])
C("Slice", [F(10, 5), T("l", 1), T("l", 1)])
C("Slice", [F(10, 5), T("l", 1), T("l", 1), K(0)])
R("Slice", [F(10), K(0), K(1), K(0), K(0)])
C("Gather", [F(5, "batch", 4), T("l", 2, 3)], axis=1)
C("Gather", [F("batch", 4), S(0)])
C("Gather", [F(5, 4), T("i", 0)], axis=-1)
R("Gather", [F(5), T("l", 1)], axis=1)
C("GatherElements", [F(5, 4), T("l", 2, 4)], axis=0)
C("ScatterElements", [F("batch", 4), T("l", 2, 4), F(2, 4)], axis=1)
C("ScatterElements", [F(3, 4), T("i", 2, 4), F(2, 4)], reduction="add")
C("ScatterND", [F("batch", 4), T("l", 3, 1), F(3, 4)])
C("ScatterND", [F(5, 4), T("l", 3, 2), F(3)], reduction="mul")

# Made from attributes, shapes and chance.
C("Constant", [], value={"type": "l", "dims": [2], "values": [1, 2]})
C("Constant", [], value_float=0.5)
C("Constant", [], value_ints=[1, 2, 3])
C("Constant", [], value_int=1)
C("Constant", [], value_floats=[1.0])
C("ConstantOfShape", [K(2, 0, 3)])
C("ConstantOfShape", [K(2, 3)], value={"type": "l", "dims": [1], "values": [7]})
C("ConstantOfShape", [T("l", 2)])
C("Range", [S(0), S(10), S(3)])
C("Range", [S(5), S(0), S(-2)])
C("Range", [T("l"), T("l"), T("l")])
C("Range", [S(0.0, "f"), S(1.0, "f"), S(0.3, "f")])
C("RandomUniformLike", [F("batch", 3)])
C("RandomUniformLike", [T("l", 3)], dtype=11, low=-1.0, high=1.0)
C("If", [T("b"), F("batch", 3), F("batch", 3)], then_branch=1, else_branch=2)
C("If", [T("b"), F("batch", 3), F(2, 3)], then_branch=1, else_branch=2)

print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")
