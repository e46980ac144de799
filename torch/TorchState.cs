namespace UnetSpikes.Torch;

/// <summary>Tensors by name that a checkpoint keeps together: a state_dict.</summary>
/// <param name="Place">Where: <c>state_dict</c>, <c>callbacks.StochasticWeightAveraging.average_model_state</c>; "" where the file is nothing else.</param>
/// <param name="Tensors">By name, in its order.</param>
/// <param name="Facts">Plain values beside it: <c>epoch</c>, <c>global_step</c>, <c>pytorch-lightning_version</c>, a callback's <c>n_averaged</c>.</param>
public sealed record TorchState(string Place, IReadOnlyList<KeyValuePair<string, TorchTensor>> Tensors, IReadOnlyDictionary<string, string> Facts);
