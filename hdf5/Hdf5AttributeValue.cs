namespace UnetSpikes.Hdf5;

/// <summary>An attribute's elements: numbers, or texts (references as the paths of what they refer to).</summary>
/// <param name="Type">The elements as stored.</param>
/// <param name="Shape">Sizes of the axes; empty for a scalar.</param>
/// <param name="Numbers">Row-major; empty where the elements are no numbers.</param>
/// <param name="Texts">Row-major; empty where the elements are numbers.</param>
public sealed record Hdf5AttributeValue(Hdf5Type Type, IReadOnlyList<long> Shape, IReadOnlyList<double> Numbers, IReadOnlyList<string> Texts)
{
    /// <summary>Number of elements.</summary>
    public int Count => Numbers.Count + Texts.Count;
}
