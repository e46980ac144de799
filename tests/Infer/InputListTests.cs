using System.Diagnostics;
using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Infer.Files;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Infer;

/// <summary>Which files an argument means, and what their rates are called.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class InputListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_gives_its_recordings_under_the_names_of_its_folders()
    {
        Make("data/m2/rec.h5", "data/m1/rec.h5", "data/top.HDF5", "data/z.nwb", "data/notes.txt", "data/.hidden.h5", "data/old.rates.h5", "data/.git/x.h5");

        Assert.Equal(
            [("data/m1/rec.h5", "m1/rec"), ("data/m2/rec.h5", "m2/rec"), ("data/top.HDF5", "top"), ("data/z.nwb", "z")],
            Find("data"));
        Assert.Equal(Find("data"), Find("data/"));
    }

    [Fact]
    public void A_sorters_folder_is_one_recording_and_an_NWB_file_of_rates_none()
    {
        Make("ks/spike_times.npy", "ks/params.py", "data/a.nwb", "data/a.rates.nwb");

        Assert.Equal([("ks/spike_times.npy", "ks")], Find("ks"));
        Assert.Equal([("data/a.nwb", "a")], Find("data"));
    }

    [SkippableTheory]
    [InlineData("*.h5")]
    [InlineData("data/*.h5")]
    [InlineData("data/**/*.h5")]
    [InlineData("data/**/m?/*.h5")]
    [InlineData("data/m[12]/rec.h5")]
    [InlineData("data/m[!1]/*")]
    [InlineData("data/**")]
    [InlineData("**/rec.*")]
    [InlineData("data/m1/r*c.h5")]
    [InlineData("data/*/*/*.h5")]
    [InlineData("data/a.b+c(1)*.h5")]
    public void A_pattern_means_what_bash_makes_of_it(string pattern)
    {
        Skip.IfNot(File.Exists("/bin/bash"), "there is no bash to ask");
        Make(
            "data/m1/rec.h5", "data/m2/rec.h5", "data/m3/deep/er/rec.h5", "data/m3/m4/x.h5", "data/top.h5", "data/a.b+c(1)2.h5", "data/a.b+c1.h5", "data/m1/.hidden.h5",
            "data/.hidden/x.h5", "here.h5", "data/m2/notes.txt");

        Assert.Equal(AskBash(pattern), Find(pattern).Select(f => f.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_pattern_gives_names_below_its_folder_and_a_file_its_own()
    {
        Make("data/m1/rec.h5", "data/m2/rec.h5", "single.h5");

        Assert.Equal([("data/m1/rec.h5", "m1/rec"), ("data/m2/rec.h5", "m2/rec"), ("single.h5", "single")], Find("data/**/*.h5", "single.h5"));
    }

    [Fact]
    public void Links_to_folders_are_followed_but_not_in_circles()
    {
        Make("data/m1/rec.h5", "store/m2/rec.h5");
        Directory.CreateSymbolicLink(_folder.File("data/m2"), _folder.File("store/m2"));
        Directory.CreateSymbolicLink(_folder.File("data/m1/self"), _folder.File("data"));
        Directory.CreateSymbolicLink(_folder.File("store/m2/back"), _folder.File("data"));

        Assert.Equal([("data/m1/rec.h5", "m1/rec"), ("data/m2/rec.h5", "m2/rec")], Find("data"));
    }

    [Fact]
    public void A_file_named_like_a_pattern_is_itself()
    {
        Make("a[1].h5", "a1.h5");

        Assert.Equal([("a[1].h5", "a[1]")], Find("a[1].h5"));
    }

    [Fact]
    public void A_file_given_twice_is_one() => Assert.Equal([("x/rec.h5", "rec")], Find("x/rec.h5", "./x/../x/rec.h5"));

    [Fact]
    public void Files_of_one_name_take_their_folders_into_it() =>
        Assert.Equal([("x/rec.h5", "x/rec"), ("y/z/rec.h5", "y/z/rec"), ("y/other.h5", "other")], Find("x/rec.h5", "y/z/rec.h5", "y/other.h5"));

    [Fact]
    public void Files_that_differ_in_the_extension_only_keep_it() =>
        Assert.Equal([("x/rec.h5", "rec.h5"), ("x/rec.hdf5", "rec.hdf5")], Find("x/rec.h5", "x/rec.hdf5"));

    [Fact]
    public void Two_folders_with_files_of_one_name_stay_apart()
    {
        Make("one/m/rec.h5", "two/m/rec.h5");

        Assert.Equal([("one/m/rec.h5", "one/m/rec"), ("two/m/rec.h5", "two/m/rec")], Find("one", "two"));
    }

    [Fact]
    public void An_argument_without_files_is_refused()
    {
        Directory.CreateDirectory(_folder.File("empty"));

        Assert.EndsWith("empty holds no .h5 or .hdf5 or .nwb file", Assert.Throws<UsageException>(() => Find("empty")).Message, StringComparison.Ordinal);
        Assert.EndsWith("none*.h5 matches no file", Assert.Throws<UsageException>(() => Find("none*.h5")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_are_equal_and_each_file_is_in_one() => Law.Holds(
        from files in Gen.Choose(0, 60)
        from shards in Gen.Choose(1, 20)
        select (files, shards), 200, s =>
        {
            int[] list = [.. Enumerable.Range(0, s.files)];
            IReadOnlyList<int>[] shares = [.. Enumerable.Range(1, s.shards).Select(i => Shard.Parse($"{i}/{s.shards}").Of(list))];
            return shares.SelectMany(x => x).Order().SequenceEqual(list) && shares.Max(x => x.Count) - shares.Min(x => x.Count) <= 1;
        });

    private (string Path, string Name)[] Find(params string[] inputs) =>
        [.. InputList.Find([.. inputs.Select(_folder.File)]).Select(f => (Path.GetRelativePath(_folder.File(""), f.Path), f.Name))];

    private void Make(params string[] files)
    {
        foreach (string file in files.Select(_folder.File))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "");
        }
    }

    private string[] AskBash(string pattern)
    {
        string quoted = pattern.Replace("(", "\\(", StringComparison.Ordinal).Replace(")", "\\)", StringComparison.Ordinal);
        var start = new ProcessStartInfo("/bin/bash", ["-c", $"shopt -s globstar nullglob; for f in {quoted}; do [ -f \"$f\" ] && echo \"$f\"; done; true"])
        {
            WorkingDirectory = _folder.File(""),
            RedirectStandardOutput = true,
        };
        using Process bash = Process.Start(start)!;
        return [.. bash.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }
}
