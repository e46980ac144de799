using UnetSpikes.Hdf5;
using UnetSpikes.Nlb.Prep;
using UnetSpikes.Nlb.Scores;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Nlb;

/// <summary>
/// The benchmark's tensors against others' of the same files (tests/golden/nlb/synth): nlb_tools' for mc_maze and mc_rtt, and for the sets whose
/// output of it is not at hand those of the rules written down in numpy, which gives nlb_tools' for the first two (reference_prep.py check).
/// </summary>
public class PrepTests
{
    private const double Relative = 1e-9;

    private static readonly string Folder = Path.GetDirectoryName(TestFiles.Golden(Path.Combine("..", "nlb", "synth", "mc_maze_expected.h5")))!;

    [Theory]
    [InlineData("mc_maze", 5, NlbPhase.Val)]
    [InlineData("mc_maze", 20, NlbPhase.Val)]
    [InlineData("mc_maze", 5, NlbPhase.Test)]
    [InlineData("mc_maze", 20, NlbPhase.Test)]
    [InlineData("mc_rtt", 5, NlbPhase.Val)]
    [InlineData("mc_rtt", 20, NlbPhase.Val)]
    [InlineData("mc_rtt", 5, NlbPhase.Test)]
    [InlineData("mc_rtt", 20, NlbPhase.Test)]
    [InlineData("mc_maze_small", 20, NlbPhase.Val)]
    [InlineData("mc_maze_small", 20, NlbPhase.Test)]
    [InlineData("area2_bump", 5, NlbPhase.Val)]
    [InlineData("area2_bump", 20, NlbPhase.Val)]
    [InlineData("area2_bump", 5, NlbPhase.Test)]
    [InlineData("area2_bump", 20, NlbPhase.Test)]
    [InlineData("dmfc_rsg", 5, NlbPhase.Val)]
    [InlineData("dmfc_rsg", 20, NlbPhase.Val)]
    [InlineData("dmfc_rsg", 5, NlbPhase.Test)]
    [InlineData("dmfc_rsg", 20, NlbPhase.Test)]
    public void Every_tensor_is_the_benchmarks(string name, int widthMs, NlbPhase phase)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("prep.h5");
        using (Session session = Session.Open(Path.Combine(Folder, name.StartsWith("mc_maze", StringComparison.Ordinal) ? "mc_maze" : name), NlbParameters.Of(name).FileMark))
        {
            var tensors = new SessionTensors(NlbParameters.Of(name), session, widthMs, phase, []);
            TensorFile.Write(path, new NlbDataset(name, widthMs), phase, tensors, isSingle: false);
        }

        using Hdf5File ours = Hdf5File.OpenRead(path), theirs = Hdf5File.OpenRead(Path.Combine(Folder, name + "_expected.h5"));
        string root = $"/bin{widthMs}/{phase.ToString().ToLowerInvariant()}";
        int compared = CompareGroup(ours, "", theirs, root);
        string group = new NlbDataset(name, widthMs).Group;
        compared += phase == NlbPhase.Val ? CompareGroup(ours, "/" + group, theirs, $"{root}/target/{group}") : 0;

        Assert.True(compared >= 6, $"{compared} tensors compared");
    }

    [Theory]
    [InlineData("mc_maze_large", "ses-large")]
    [InlineData("mc_maze_medium", "ses-medium")]
    public void The_scaling_sets_differ_in_their_files_only(string name, string mark) =>
        Assert.Equivalent(NlbParameters.Of("mc_maze_small") with { Name = name, FileMark = mark }, NlbParameters.Of(name), strict: true);

    [Theory]
    [InlineData("mc_maze")]
    [InlineData("mc_rtt")]
    public void A_file_in_single_precision_is_the_one_nlb_tools_saves(string name)
    {
        using var folder = new TemporaryFolder();
        using Hdf5File theirs = Hdf5File.OpenRead(Path.Combine(Folder, name + "_target_val.h5"));
        foreach (string group in theirs.Keys())
        {
            int widthMs = group.EndsWith("_20", StringComparison.Ordinal) ? 20 : 5;
            string path = folder.File(group + ".h5");
            using (Session session = Session.Open(Path.Combine(Folder, name), NlbParameters.Of(name).FileMark))
            {
                var tensors = new SessionTensors(NlbParameters.Of(name), session, widthMs, NlbPhase.Val, []);
                TensorFile.Write(path, new NlbDataset(name, widthMs), NlbPhase.Val, tensors, isSingle: true);
            }

            using Hdf5File ours = Hdf5File.OpenRead(path);
            foreach (string key in theirs.Keys("/" + group))
            {
                Hdf5Dataset expected = theirs.Dataset($"/{group}/{key}"), found = ours.Dataset($"/{group}/{key}");
                Assert.Equal(expected.ElementType, found.ElementType);
                Assert.Equal(expected.Shape, found.Shape);
            }
        }
    }

    [Fact]
    public void Numpys_old_generator_is_numpys()
    {
        var random = new MersenneTwister(0);

        // numpy.random.seed(0); numpy.random.random(3)
        Assert.Equal([0.5488135039273248, 0.7151893663724195, 0.6027633760716439], [random.NextDouble(), random.NextDouble(), random.NextDouble()]);
    }

    private static int CompareGroup(Hdf5File ours, string ourGroup, Hdf5File theirs, string theirGroup)
    {
        int compared = 0;
        foreach (string key in theirs.Keys(theirGroup).Where(key => theirs.HasDataset($"{theirGroup}/{key}")))
        {
            Hdf5Dataset expected = theirs.Dataset($"{theirGroup}/{key}"), found = ours.Dataset($"{ourGroup}/{key}");
            Assert.True(expected.Shape.SequenceEqual(found.Shape), $"{key}: {found.ShapeText}, expected {expected.ShapeText}");
            if (expected.ElementType.Class == Hdf5Class.Ragged)
            {
                Assert.Equal(expected.ReadRaggedIntegers(), found.ReadRaggedIntegers());
            }
            else
            {
                double[] a = found.Read<double>(), b = expected.Read<double>();
                bool isExact = key.Contains("spikes", StringComparison.Ordinal) || key.Contains("mask", StringComparison.Ordinal) || key.Contains("jitter", StringComparison.Ordinal);
                double scale = b.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
                for (int i = 0; i < a.Length; i++)
                {
                    bool isSame = double.IsNaN(b[i]) ? double.IsNaN(a[i]) : Math.Abs(a[i] - b[i]) <= (isExact ? 0 : Relative * Math.Max(Math.Abs(b[i]), 1e-3 * scale));
                    Assert.True(isSame, $"{key}[{i}] is {a[i]:R}, expected {b[i]:R}");
                }
            }

            compared++;
        }

        return compared;
    }
}
