namespace UnetSpikes.Torch.Pickle;

/// <summary>What PyTorch's pickles call to make a tensor, done here on descriptions: nothing but a <see cref="TorchTensor"/> can come of it.</summary>
/// <remarks>Signatures: torch/_utils.py and torch/_tensor.py. A function throws <see cref="FormatException"/> where its arguments are not what it takes.</remarks>
internal static class TensorRebuilding
{
    private const string FromType = "torch._tensor._rebuild_from_type_v2";

    /// <summary>By Python's name.</summary>
    public static readonly IReadOnlyDictionary<string, Func<IReadOnlyList<object?>, TorchTensor>> Functions = new Dictionary<string, Func<IReadOnlyList<object?>, TorchTensor>>
    {
        // (storage, offset, size, stride, requires_grad, hooks, …)
        ["torch._utils._rebuild_tensor"] = View,
        ["torch._utils._rebuild_tensor_v2"] = View,

        // (data, requires_grad, hooks, …)
        ["torch._utils._rebuild_parameter"] = First,
        ["torch._utils._rebuild_parameter_with_state"] = First,

        // (function, type, arguments, attributes): a tensor with attributes of its own.
        [FromType] = OfType,
    };

    private static TorchTensor View(IReadOnlyList<object?> arguments) =>
        arguments is [TorchStorage storage, long offset, PickleSequence size, PickleSequence stride, ..]
            ? TorchTensor.View(storage, offset, Whole(size), Whole(stride))
            : throw Unfit();

    private static TorchTensor First(IReadOnlyList<object?> arguments) => arguments is [TorchTensor tensor, ..] ? tensor : throw Unfit();

    private static TorchTensor OfType(IReadOnlyList<object?> arguments) =>
        arguments is [PickleName { Text: not FromType } name, PickleName, PickleSequence inner, ..] && Functions.TryGetValue(name.Text, out Func<IReadOnlyList<object?>, TorchTensor>? function)
            ? function(inner.Items)
            : throw Unfit();

    private static long[] Whole(PickleSequence sequence) => [.. sequence.Items.Select(item => item is long number ? number : throw Unfit())];

    private static FormatException Unfit() => new("is given arguments it does not take");
}
