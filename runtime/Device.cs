using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Runtime;

/// <summary>What kind of processor computes.</summary>
public enum DeviceKind
{
    /// <summary>CUDA if it can really be used, else the CPU; the choice and its reason are reported.</summary>
    Auto,

    /// <summary>The processor the program runs on.</summary>
    Cpu,

    /// <summary>One NVIDIA GPU, or a refusal: never a silent fallback.</summary>
    Cuda,
}

/// <summary>Where a session computes, as <c>--device</c> says it.</summary>
/// <param name="Kind">The kind of processor.</param>
/// <param name="Index">Which GPU, from 0; 0 for the other kinds.</param>
public sealed record Device(DeviceKind Kind, int Index = 0)
{
    /// <summary>CUDA if it can really be used, else the CPU.</summary>
    public static Device Auto { get; } = new(DeviceKind.Auto);

    /// <summary>The processor the program runs on.</summary>
    public static Device Cpu { get; } = new(DeviceKind.Cpu);

    /// <summary>One GPU.</summary>
    /// <param name="index">From 0.</param>
    public static Device Cuda(int index = 0) => new(DeviceKind.Cuda, index);

    /// <summary>Reads the value of <c>--device</c>.</summary>
    /// <param name="text"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>, N from 0.</param>
    /// <exception cref="UsageException">Anything else.</exception>
    public static Device Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text switch
        {
            "auto" => Auto,
            "cpu" => Cpu,
            "cuda" => Cuda(),
            _ when text.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index) => Cuda(index),
            _ => throw new UsageException("--device", $"'{text}' is not a device, expected auto, cpu, cuda or cuda:N"),
        };
    }

    /// <summary>As <see cref="Parse"/> reads it; GPUs always with their number.</summary>
    public override string ToString() => Kind switch
    {
        DeviceKind.Auto => "auto",
        DeviceKind.Cpu => "cpu",
        _ => string.Create(CultureInfo.InvariantCulture, $"cuda:{Index}"),
    };
}
