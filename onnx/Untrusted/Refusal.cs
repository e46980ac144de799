using UnetSpikes.Core;

namespace UnetSpikes.Onnx.Untrusted;

/// <summary>Makes the one line that a model is refused with; what it quotes of the model is short and printable.</summary>
/// <param name="path">The model file.</param>
internal sealed class Refusal(string path)
{
    private const int Shown = 60;

    /// <summary>Of the file as a whole.</summary>
    public CheckpointException Of(string problem) => new(path, "", problem);

    /// <summary>Of something in it.</summary>
    /// <param name="name">A node, a value, a key.</param>
    /// <param name="problem">What is wrong with it and what was expected.</param>
    public CheckpointException Of(string name, string problem) => new(path, Short(name), problem);

    /// <summary>Of bytes that are no Protocol Buffers.</summary>
    public CheckpointException Damaged(string problem, Exception? inner = null) => new(path, "", $"is not an ONNX model, or is damaged: {problem}", inner);

    /// <summary>Insists on a name that can be shown.</summary>
    /// <param name="name">As the model has it.</param>
    /// <param name="what">What it names.</param>
    /// <exception cref="CheckpointException">It is empty, long, or has control characters.</exception>
    public void RequireName(string name, string what)
    {
        if (name.Length is 0 or > Limits.Name || name.Any(char.IsControl))
        {
            throw Of(name, $"is no name for {what}, expected 1 to {Limits.Name} characters that can be printed");
        }
    }

    /// <summary>The beginning of a text, without control characters.</summary>
    public static string Short(string text) =>
        string.Concat(text.Take(Shown).Select(c => char.IsControl(c) ? '?' : c)) + (text.Length > Shown ? "…" : "");
}
