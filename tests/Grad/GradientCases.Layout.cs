using UnetSpikes.Onnx;

namespace UnetSpikes.Tests.Grad;

public static partial class GradientCases
{
    private static IEnumerable<GradientCase> Convolutions()
    {
        // name, X, W, groups, strides, pads, dilations
        (string Name, long[] X, long[] W, long Groups, long[]? Strides, long[]? Pads, long[]? Dilations)[] convolutions =
        [
            ("plain", [2, 3, 6], [4, 3, 3], 1, null, null, null),
            ("padded", [1, 3, 6], [4, 3, 3], 1, null, [1, 1], null),
            ("padded unevenly", [2, 2, 6], [3, 2, 3], 1, null, [2, 0], null),
            ("padded beyond the kernel", [1, 2, 4], [2, 2, 3], 1, null, [3, 1], null),
            ("pointwise", [1, 3, 5], [4, 3, 1], 1, null, null, null),
            ("grouped", [1, 4, 6], [6, 2, 3], 2, null, [1, 1], null),
            ("grouped, trials", [3, 4, 6], [4, 2, 3], 2, null, [1, 1], null),
            ("depthwise", [1, 3, 6], [3, 1, 3], 3, null, [1, 1], null),
            ("depthwise, two outputs each", [1, 3, 6], [6, 1, 3], 3, null, [1, 1], null),
            ("dilated", [2, 2, 9], [3, 2, 3], 1, null, [2, 2], [2]),
            ("strided, nothing left over", [2, 2, 7], [3, 2, 3], 1, [2], null, null),
            ("strided, one left over", [1, 2, 8], [3, 2, 3], 1, [2], null, null),
            ("strided, dilated, grouped", [2, 4, 11], [4, 2, 3], 2, [3], [1, 2], [2]),
            ("stride beyond the kernel", [1, 2, 8], [2, 2, 2], 1, [3], null, null),
            ("two inputs a group, one sample", [1, 4, 6], [2, 2, 3], 2, null, [1, 1], null),
            ("two inputs a group, dilated by the batch", [1, 4, 10], [2, 2, 3], 2, null, [2, 2], [2]),
            ("two inputs a group, one sample, shrinking", [1, 4, 6], [2, 2, 3], 2, null, null, null),
            ("halving, even length", [1, 3, 8], [3, 1, 3], 3, [2], [1, 1], null),
            ("halving, odd length", [2, 3, 7], [3, 1, 3], 3, [2], [1, 1], null),
            ("halving one bin", [1, 2, 1], [2, 1, 3], 2, [2], [1, 1], null),
            ("bins by batch", [1, 4, 6, 3], [4, 2, 3, 1], 2, null, [1, 0, 1, 0], null),
            ("halving bins by batch", [1, 3, 6, 4], [3, 1, 3, 1], 3, [2, 1], [1, 0, 1, 0], null),
            ("halving bins by batch, odd", [1, 3, 5, 2], [3, 1, 3, 1], 3, [2, 1], [1, 0, 1, 0], null),
            ("images", [2, 2, 5, 4], [3, 2, 3, 2], 1, [2, 1], [1, 0, 0, 1], null),
            ("volumes", [1, 2, 3, 3, 3], [2, 2, 2, 2, 2], 1, null, [0, 1, 0, 1, 0, 0], null),
        ];
        foreach (var v in convolutions)
        {
            yield return Case("Conv", v.Name, [Normal(v.X), Normal(v.W), Normal(v.W[0])], Window(v.Groups, v.Strides, v.Pads, v.Dilations));
        }

        yield return Case("Conv", "no bias", [Normal(1, 2, 5), Normal(3, 2, 3)]);
        foreach (var v in convolutions.Where(v => v.Pads is null || v.Name.StartsWith("strided", StringComparison.Ordinal)))
        {
            long channels = v.W[1] * v.Groups;
            yield return Case(
                "ConvTranspose", v.Name, [Normal([v.X[0], v.W[0], .. v.X[2..]]), Normal(v.W), Normal(channels)], Window(v.Groups, v.Strides, v.Pads, v.Dilations));
        }

        yield return Case("ConvTranspose", "output padding", [Normal(2, 3, 4), Normal(3, 2, 3)], new() { { "strides", (long[])[2] }, { "pads", (long[])[1, 1] }, { "output_padding", (long[])[1] } });
    }

    private static IEnumerable<GradientCase> Layout()
    {
        yield return Case("Reshape", "to a matrix", [Normal(2, 3, 4), Tensor.Ints(6, -1)]);
        yield return Case("Reshape", "of a scalar", [Normal(), Tensor.Ints(1, 1)]);
        yield return Case("Reshape", "no elements", [Normal(2, 0), Tensor.Ints(0, -1)]);
        yield return Case("Flatten", "axis 2", [Normal(2, 3, 4),], new() { { "axis", 2 } });
        yield return Case("Squeeze", "named", [Normal(1, 3, 1), Tensor.Ints(-1)]);
        yield return Case("Squeeze", "all", [Normal(1, 3, 1)]);
        yield return Case("Unsqueeze", "both ends", [Normal(3), Tensor.Ints(0, -1)]);
        yield return Case("Transpose", "default", [Normal(2, 3, 4)]);
        yield return Case("Transpose", "cycle", [Normal(2, 3, 4)], new() { { "perm", (long[])[2, 0, 1] } });
        yield return Case("Expand", "new and stretched axes", [Normal(3, 1), Tensor.Ints(2, 1, 4)]);
        yield return Case("Expand", "scalar", [Normal(), Tensor.Ints(2, 3)]);
        yield return Case("Expand", "to nothing", [Normal(1, 3), Tensor.Ints(0, 3)]);
        yield return Case("Trilu", "upper", [Normal(2, 3, 4)]);
        yield return Case("Trilu", "lower, shifted", [Normal(3, 3), Tensor.Of(new[] { -1L })], new() { { "upper", 0 } });
        yield return Case("Concat", "three, one empty", [Normal(2, 3), Normal(2, 0), Normal(2, 1)], new() { { "axis", -1 } });
        yield return Case("Concat", "first axis", [Normal(1, 3), Normal(2, 3)], new() { { "axis", 0 } });
        yield return Case("Split", "sizes", [Normal(2, 5), Tensor.Ints(1, 4)], new() { { "axis", 1 } }, outputs: 2);
        yield return Case("Split", "equal", [Normal(6)], new() { { "axis", 0 } }, outputs: 3);
        yield return Case("Pad", "around", [Normal(2, 3), Tensor.Ints(1, 0, 0, 2)]);
        yield return Case("Pad", "negative", [Normal(4, 3), Tensor.Ints(-1, 1, -2, -1)]);
        yield return Case("Pad", "variable constant", [Normal(3, 3), Tensor.Ints(-1, 1, 2, 0), Normal()]);

        (string Name, long Start, long End, long Step)[] slices =
        [
            ("middle", 1, 4, 1), ("from the end", -3, long.MaxValue, 1), ("every second", 0, 7, 2), ("every third, rest over", 1, 7, 3),
            ("reversed", -1, long.MinValue, -1), ("reversed, every second", 5, 0, -2), ("beyond both ends", -100, 100, 1), ("nothing", 5, 2, 1), ("one", 3, 4, 5),
        ];
        foreach (var (name, start, end, step) in slices)
        {
            yield return Case("Slice", name, [Normal(2, 7, 2), Tensor.Ints(start), Tensor.Ints(end), Tensor.Ints(1), Tensor.Ints(step)]);
        }

        yield return Case("Slice", "two axes, no steps", [Normal(4, 5), Tensor.Ints(1, 2), Tensor.Ints(3, 4)]);
        yield return Case("Slice", "two axes backwards", [Normal(4, 5), Tensor.Ints(-1, 3), Tensor.Ints(-4, 0), Tensor.Ints(-1, 0), Tensor.Ints(-2, -1)]);

        yield return Case("Gather", "rows, one twice", [Normal(4, 3), Tensor.Ints(2, 0, 2)]);
        yield return Case("Gather", "columns by a matrix, from the end", [Normal(2, 4, 3), Tensor.Of(new[] { 0L, -1, 3, 1 }, 2, 2)], new() { { "axis", 1 } });
        yield return Case("Gather", "one entry", [Normal(4, 3), Tensor.Of(new[] { -2L })], new() { { "axis", -1 } });
        yield return Case("Gather", "32-bit indices of a vector", [Normal(5), Tensor.Of(new[] { 4, 4, 1 }, 3)]);
        yield return Case("GatherElements", "one twice", [Normal(3, 2), Tensor.Of(new[] { 0L, -1, 0, 1 }, 2, 2)]);
        yield return Case("GatherElements", "columns", [Normal(2, 3), Tensor.Of(new[] { 2L, 0, 1, 1 }, 2, 2)], new() { { "axis", 1 } });
        yield return Case("CumSum", "first axis", [Normal(3, 2), Tensor.Of(new[] { 0L })]);
        yield return Case("CumSum", "reverse, exclusive", [Normal(2, 4), Tensor.Of(new[] { 1L })], new() { { "reverse", 1 }, { "exclusive", 1 } });
        yield return Case("Tile", "twice and thrice", [Normal(2, 3), Tensor.Ints(2, 3)]);
    }

    private static Attributes Window(long groups, long[]? strides, long[]? pads, long[]? dilations)
    {
        Attributes attributes = new() { { "group", groups } };
        foreach ((string name, long[]? value) in ((string, long[]?)[])[("strides", strides), ("pads", pads), ("dilations", dilations)])
        {
            if (value is not null)
            {
                attributes.Add(name, value);
            }
        }

        return attributes;
    }
}
