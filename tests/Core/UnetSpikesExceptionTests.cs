using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Core;

public class UnetSpikesExceptionTests
{
    public static TheoryData<UnetSpikesException, int, string> Families => new()
    {
        { new UsageException("--mask-ratio", "1.5 is not below 1"), 2, "--mask-ratio: 1.5 is not below 1" },
        { new DataFormatException("a.h5", "/train_data", "has 2 axes, expected 3 [trial, bin, unit]"), 3, "a.h5: /train_data has 2 axes, expected 3 [trial, bin, unit]" },
        { new DataFormatException("a.h5", "", "is not an HDF5 file"), 3, "a.h5: is not an HDF5 file" },
        { new GraphException("up.0", "Conv", "has 1 input, expected 2"), 4, "node 'up.0' (Conv): has 1 input, expected 2" },
        { new GraphException("", "", "has a cycle"), 4, "graph: has a cycle" },
        { new CheckpointException("b.safetensors", "embedding.weight", "is missing"), 4, "b.safetensors: 'embedding.weight' is missing" },
        { new SessionException("cuda:0", "libcublas.so.13 is missing"), 5, "device cuda:0: libcublas.so.13 is missing" },
        { new TrainingException(12, double.NaN, "runs/a/last.safetensors"), 6, "step 12: the loss is NaN; the last good checkpoint is runs/a/last.safetensors; try a lower --lr or --set TRAIN.MAX_GRAD_NORM=1" },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_family_says_where_and_what_in_one_line_and_has_its_exit_code(UnetSpikesException e, int exitCode, string message)
    {
        Assert.Equal(exitCode, e.ExitCode);
        Assert.Equal(message, e.Message);
    }
}
