namespace UnetSpikes.Torch.Pickle;

/// <summary>The names of Python that a checkpoint may hold. Any other is refused: none is ever looked up, let alone called.</summary>
internal static class KnownNames
{
    public const string OrderedDict = "collections.OrderedDict";

    private static readonly Dictionary<string, TorchType> Storages = new()
    {
        ["torch.DoubleStorage"] = TorchType.Float64,
        ["torch.FloatStorage"] = TorchType.Float32,
        ["torch.HalfStorage"] = TorchType.Float16,
        ["torch.BFloat16Storage"] = TorchType.BFloat16,
        ["torch.LongStorage"] = TorchType.Int64,
        ["torch.IntStorage"] = TorchType.Int32,
        ["torch.ShortStorage"] = TorchType.Int16,
        ["torch.CharStorage"] = TorchType.Int8,
        ["torch.ByteStorage"] = TorchType.UInt8,
        ["torch.BoolStorage"] = TorchType.Bool,
    };

    // What stands in hyper-parameters, callbacks and optimizers. It is kept by name only (PickleObject).
    private static readonly HashSet<string> Inert =
    [
        "argparse.Namespace", "types.SimpleNamespace", "collections.defaultdict", "collections.Counter", "collections.deque", "functools.partial",
        "pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePosixPath", "pathlib._local.PosixPath",
        "datetime.datetime", "datetime.date", "datetime.timedelta", "typing.Any", "_codecs.encode",
        "torch.Size", "torch.device", "torch.Tensor", "torch.nn.parameter.Parameter",
        "torch.float64", "torch.float32", "torch.float16", "torch.bfloat16", "torch.int64", "torch.int32", "torch.int16", "torch.int8", "torch.uint8", "torch.bool",
        "numpy.dtype", "numpy.ndarray", "numpy.core.multiarray.scalar", "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray.scalar", "numpy._core.multiarray._reconstruct",
        "yacs.config.CfgNode", "munch.Munch", "easydict.EasyDict",
        .. ((string[])["bool", "int", "float", "str", "list", "tuple", "dict", "set", "frozenset", "complex", "slice", "bytearray"])
            .SelectMany(name => (string[])["builtins." + name, "__builtin__." + name]),
    ];

    private static readonly string[] InertModules = ["pytorch_lightning", "lightning", "lightning_fabric", "torch.optim", "torchmetrics", "omegaconf"];

    /// <summary>The element type that a storage's class stands for; null where it is none of these.</summary>
    public static TorchType? StorageType(PickleName name) => Storages.TryGetValue(name.Text, out TorchType type) ? type : null;

    /// <summary>Whether something of this name is kept as a name and what it was to be made of.</summary>
    public static bool IsInert(PickleName name) => Inert.Contains(name.Text) || InertModules.Any(module => name.Text.StartsWith(module + ".", StringComparison.Ordinal));

    /// <summary>Whether a checkpoint may hold it at all.</summary>
    public static bool IsKnown(PickleName name) =>
        name.Text == OrderedDict || Storages.ContainsKey(name.Text) || TensorRebuilding.Functions.ContainsKey(name.Text) || IsInert(name);
}
