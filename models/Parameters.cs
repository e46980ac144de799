using UnetSpikes.Core;

namespace UnetSpikes.Models;

/// <summary>How a parameter starts.</summary>
public enum Initialization
{
    /// <summary>Uniform in ±bound: PyTorch's default for convolutions (kaiming_uniform with a = √5, so bound = 1/√fan_in).</summary>
    Uniform,

    /// <summary>Normal with mean 0 and standard deviation bound: PyTorch's default for embeddings.</summary>
    Normal,

    /// <summary>All one: normalisation scales, running variances.</summary>
    One,

    /// <summary>All zero: normalisation offsets, running means.</summary>
    Zero,
}

/// <summary>One named array of numbers of a model.</summary>
/// <param name="Name">As PyTorch's <c>state_dict</c> of the ancestor names it: <c>downsample_layers.0.conv1.weight</c>.</param>
/// <param name="Dims">Its shape, as PyTorch has it.</param>
/// <param name="Start">How it is initialised.</param>
/// <param name="Bound">For <see cref="Initialization.Uniform"/>: half the width of the interval; for <see cref="Initialization.Normal"/>: the standard deviation.</param>
public sealed record ParameterSpec(string Name, long[] Dims, Initialization Start, double Bound = 0)
{
    /// <summary>Number of elements.</summary>
    public int Count => checked((int)Dims.Aggregate(1L, (product, size) => product * size));
}

/// <summary>Where each named array lies in one flat vector: parameters and optimizer state move through the graph as such vectors.</summary>
public sealed class ParameterLayout
{
    private readonly Dictionary<string, int> _offsets = [];

    /// <summary>Lays the arrays out one after another.</summary>
    /// <param name="specs">In the order of the flat vector.</param>
    public ParameterLayout(IReadOnlyList<ParameterSpec> specs)
    {
        Specs = specs;
        foreach (ParameterSpec spec in specs)
        {
            _offsets.Add(spec.Name, Count);
            Count += spec.Count;
        }
    }

    /// <summary>The arrays in order.</summary>
    public IReadOnlyList<ParameterSpec> Specs { get; }

    /// <summary>Length of the flat vector.</summary>
    public int Count { get; }

    /// <summary>Where an array starts in the flat vector.</summary>
    /// <param name="name">Its name.</param>
    public int Offset(string name) => _offsets[name];

    /// <summary>Draws starting values.</summary>
    /// <param name="rng">The stream for initial weights.</param>
    /// <returns>The flat vector.</returns>
    public float[] Initialize(Rng rng)
    {
        var flat = new float[Count];
        foreach (ParameterSpec spec in Specs)
        {
            Span<float> values = flat.AsSpan(Offset(spec.Name), spec.Count);
            switch (spec.Start)
            {
                case Initialization.One:
                    values.Fill(1);
                    break;
                case Initialization.Uniform:
                    foreach (ref float value in values)
                    {
                        value = (float)(((2 * rng.NextDouble()) - 1) * spec.Bound);
                    }

                    break;
                case Initialization.Normal:
                    foreach (ref float value in values)
                    {
                        value = (float)(rng.NextNormal() * spec.Bound);
                    }

                    break;
            }
        }

        return flat;
    }

    /// <summary>Gathers named arrays into the flat vector.</summary>
    /// <param name="weights">At least every array of the layout, of the right shape.</param>
    /// <param name="source">The file, for the error message.</param>
    /// <param name="prefix">What stands before each name in <paramref name="weights"/>.</param>
    /// <exception cref="CheckpointException">An array is missing or has another shape.</exception>
    public float[] Flatten(IReadOnlyDictionary<string, NamedArray> weights, string source, string prefix = "")
    {
        // All are looked for before memory is set aside: a file that only claims to hold a large network takes none.
        NamedArray[] arrays = [.. Specs.Select(spec => Find(weights, spec, source, prefix))];
        var flat = new float[Count];
        foreach ((ParameterSpec spec, NamedArray array) in Specs.Zip(arrays))
        {
            array.Values.CopyTo(flat, Offset(spec.Name));
        }

        return flat;
    }

    /// <summary>Cuts the flat vector into named arrays.</summary>
    /// <param name="flat">Of length <see cref="Count"/>.</param>
    public Dictionary<string, NamedArray> Unflatten(ReadOnlySpan<float> flat)
    {
        var arrays = new Dictionary<string, NamedArray>();
        foreach (ParameterSpec spec in Specs)
        {
            arrays.Add(spec.Name, new NamedArray(spec.Dims, flat.Slice(Offset(spec.Name), spec.Count).ToArray()));
        }

        return arrays;
    }

    private static NamedArray Find(IReadOnlyDictionary<string, NamedArray> weights, ParameterSpec spec, string source, string prefix)
    {
        string name = prefix + spec.Name, expected = $"expected [{string.Join(", ", spec.Dims)}]";
        if (!weights.TryGetValue(name, out NamedArray? array))
        {
            throw new CheckpointException(source, name, $"is missing, {expected}");
        }

        return array.Dims.AsSpan().SequenceEqual(spec.Dims)
            ? array
            : throw new CheckpointException(source, name, $"is [{string.Join(", ", array.Dims)}], {expected}");
    }
}

/// <summary>An array of a checkpoint with its shape.</summary>
/// <param name="Dims">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Values">The numbers, row-major.</param>
/// <param name="IsInteger">True for a count that is stored as 64-bit integers, as PyTorch stores <c>num_batches_tracked</c>.</param>
public sealed record NamedArray(long[] Dims, float[] Values, bool IsInteger = false);
