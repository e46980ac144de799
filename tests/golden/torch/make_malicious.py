"""Pickles that a reader must not believe, one file each: what they would do in Python is in their names. They are written, never read.

    python3 make_malicious.py
"""
import functools, importlib, operator, os, pickle, runpy, struct, subprocess

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "malicious")
os.makedirs(here, exist_ok=True)
COMMAND = "touch unet-spikes-was-here"


class Calls:
    """Pickled, it is a call."""
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def write(name, data):
    with open(os.path.join(here, name + ".pkl"), "wb") as f:
        f.write(data)


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def called(module, name, argument=COMMAND, proto=b"\x80\x02"):
    return proto + b"c" + module.encode() + b"\n" + name.encode() + b"\n" + text(argument) + b"\x85R."


write("system", pickle.dumps(Calls(os.system, COMMAND), 2))
write("system_protocol_4", pickle.dumps(Calls(os.system, COMMAND), 4))
write("eval", pickle.dumps(Calls(eval, "__import__('os').system('%s')" % COMMAND), 2))
write("exec_of_python_2", called("__builtin__", "exec"))
write("popen", pickle.dumps(Calls(subprocess.Popen, ["sh", "-c", COMMAND]), 4))
write("getattr_chain", pickle.dumps(Calls(getattr, Calls(importlib.import_module, "os"), "system"), 2))
write("attrgetter", pickle.dumps(Calls(operator.attrgetter, "system"), 2))
write("partial_of_system", pickle.dumps(functools.partial(os.system, COMMAND), 2))
write("map_of_system", pickle.dumps(Calls(map, os.system, [COMMAND]), 2))
write("apply_reduce_chain", pickle.dumps(Calls(functools.reduce, getattr, [Calls(importlib.import_module, "os"), "system"]), 2))
write("runpy", pickle.dumps(Calls(runpy._run_code, "import os", {}), 2))
write("torch_load_of_another_file", called("torch.serialization", "load", "other.pt"))
write("hub", called("torch.hub", "load"))
write("add_extension", called("copyreg", "add_extension"))
write("extension_code", b"\x80\x02\x82\x01.")
write("instance", b"\x80\x02(" + text(COMMAND) + b"ios\nsystem\n.")
write("object_of", b"\x80\x02(cos\nsystem\n" + text(COMMAND) + b"o.")
write("new_object", b"\x80\x02csubprocess\nPopen\n" + text(COMMAND) + b"\x85\x81.")
write("new_object_with_keywords", b"\x80\x04csubprocess\nPopen\n)}\x92.")
write("build_sets_setstate", b"\x80\x02cargparse\nNamespace\n)\x81}" + text("__setstate__") + b"cos\nsystem\nsb" + text(COMMAND) + b"b.")
write("dotted_name_through_a_known_module", b"\x80\x04" + b"\x8c\x0btorch.optim" + b"\x8c\x0dsys.modules.x" + b"\x93)R.")
write("behind_a_good_looking_dictionary", b"\x80\x02}(" + text("epoch") + b"K\x01" + text("hyper_parameters") + b"}" + text("x") + b"cposix\nsystem\n" + text(COMMAND) + b"\x85Rsu.")
write("persistent_text", b"\x80\x02Pos.system\n.")
write("persistent_list", b"\x80\x02" + text("os.system") + b"Q.")
write("calls_a_text", b"\x80\x02" + text("os.system") + text(COMMAND) + b"\x85R.")
write("calls_a_storage_class", b"\x80\x02ctorch\nFloatStorage\nK\x05\x85R.")
write("rebuilds_by_eval", b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\n(cbuiltins\neval\nctorch\nTensor\n" + text(COMMAND) + b"\x85NtR.")
write("rebuilds_itself", b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\nq\x00(h\x00ctorch\nTensor\n)NtR.")

# A list of ten, of which ten are a list, and so on: thirty lines of text for 10^30 values.
write("memo_bomb_of_lists", b"\x80\x02]" + b"".join(b"q%c](" % i + b"h%c" % i * 10 + b"e" for i in range(30)) + b".")
write("memo_bomb_of_tuples", b"\x80\x02)" + b"".join(b"q%c(" % i + b"h%c" % i * 10 + b"t" for i in range(30)) + b".")
write("memo_bomb_of_dictionaries", b"\x80\x02}" + b"".join(b"q%c}(" % i + b"".join(b"K%ch%c" % (k, i) for k in range(10)) + b"u" for i in range(30)) + b".")
write("nested_deep", b"\x80\x02)" + b"\x85" * 10_000 + b".")
write("remembers_at_the_last_number", b"\x80\x02Nr\xff\xff\xff\xff.")
write("text_of_an_exabyte", b"\x80\x04\x8d" + struct.pack("<Q", 1 << 60) + b".")
write("bytes_of_an_exabyte", b"\x80\x05\x96" + struct.pack("<Q", 1 << 60) + b".")
write("integer_of_a_gigabyte", b"\x80\x02\x8b" + struct.pack("<I", 1 << 30) + b".")
write("nothing_to_take", b"\x80\x02R.")
write("no_mark", b"\x80\x02Nt.")
write("recalls_what_never_was", b"\x80\x02h\x07.")
write("sets_an_item_of_a_number", b"\x80\x02K\x01(u.")
write("no_end", b"\x80\x02N")
write("old_protocol", b"(dp0\nS'a'\np1\nI1\ns.")


def tensor(dtype=b"FloatStorage", count=b"K\x04", offset=b"K\x00", size=b"K\x02\x85", stride=b"K\x01\x85", key="0"):
    return (b"\x80\x02}" + text("a") + b"ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + b"ctorch\n" + dtype + b"\n" + text(key) + text("cpu") + count + b"tQ"
            + offset + size + stride + b"\x89ccollections\nOrderedDict\n)RtRs.")


LARGE = b"\x8a\x08" + struct.pack("<q", 1 << 62)
write("tensor_missing_storage", tensor())
write("tensor_key_of_another_folder", tensor(key="../data.pkl"))
write("tensor_of_an_exabyte", tensor(count=LARGE, size=LARGE + b"\x85"))
write("tensor_size_overflow", tensor(size=b"(" + LARGE + b"K\x04K\x04t", stride=b"(K\x01K\x01K\x01t"))
write("tensor_stride_overflow", tensor(stride=LARGE + b"\x85"))
write("tensor_expanded", tensor(size=b"J\x00\x00\x00\x40\x85", stride=b"K\x00\x85"))
write("tensor_beyond_its_storage", tensor(offset=b"K\x03"))
write("tensor_negative_offset", tensor(offset=b"J\xff\xff\xff\xff"))
write("tensor_negative_stride", tensor(stride=b"J\xff\xff\xff\xff\x85"))
write("tensor_negative_size", tensor(size=b"J\xff\xff\xff\xff\x85"))
write("tensor_sizes_without_strides", tensor(stride=b")"))
write("tensor_quantised", tensor(dtype=b"QInt8Storage"))
