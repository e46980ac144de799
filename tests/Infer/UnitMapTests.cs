using FsCheck.Fluent;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Infer;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Infer;

/// <summary>Files whose units are not quite the model's a, b, c, d.</summary>
public sealed class UnitMapTests : IDisposable
{
    private const double Tolerance = 1e-5; // As in InferCommandTests.

    private static readonly string[] Known = ["a", "b", "c", "d"];

    private readonly TestRecordings _recordings = new();

    public void Dispose() => _recordings.Dispose();

    [Fact]
    public void Any_choice_of_units_in_any_order_gives_each_what_the_model_gives_its_channel_and_zeros_elsewhere() => Law.Holds(
        from ids in Gen.Shuffle("a", "b", "c", "d", "x", "y")
        from count in Gen.Choose(1, 6)
        select (string[])[.. ids.Take(count)], 40, ids =>
        {
            TrialTensor counts = WithUnits(TestRecordings.Counts(2, 50, seed: 3), ids);
            counts[1, 20, 0] = float.NaN;
            string path = _recordings.Write(counts, ids);
            (int code, _, _) = _recordings.Infer(path, "--force", "--fill-missing", "--drop-surplus", "--latents");
            string[] shared = [.. ids.Intersect(Known)];
            if (shared.Length == 0)
            {
                return code == ExitCode.Data;
            }

            (RatesHeader header, IReadOnlyDictionary<string, TrialTensor> rates) = RatesFile.Read(Path.Combine(_recordings.Out, "rec.rates.h5"));
            TrialTensor seen = AsTheModelSees(counts, ids), expected = TestRecordings.OneShot(seen);
            bool isRight = code == 0 && header.UnitIds.SequenceEqual(shared) && rates["rates"].Units == shared.Length;
            for (int unit = 0; unit < shared.Length && isRight; unit++)
            {
                int column = Array.IndexOf(ids, shared[unit]), channel = Array.IndexOf(Known, shared[unit]);
                isRight = Bins(counts).All(b => float.IsNaN(counts[b.Trial, b.Bin, column])
                    ? float.IsNaN(rates["rates"][b.Trial, b.Bin, unit])
                    : Math.Abs(rates["rates"][b.Trial, b.Bin, unit] - expected[b.Trial, b.Bin, channel]) < Tolerance);
            }

            bool isKnown = shared.Length > 1 || ids[0] != shared[0];
            return isRight && float.IsNaN(rates["latents"][1, 20, 0]) == !isKnown;
        });

    [Fact]
    public void What_one_file_had_does_not_stand_in_for_what_the_next_lacks()
    {
        TrialTensor counts = TestRecordings.Counts(2, 50);
        _recordings.Write("in/1.h5", 20, Known, ("spikes", counts));
        _recordings.Write("in/2.h5", 20, ["a", "b", "c"], ("spikes", WithUnits(counts, ["a", "b", "c"])));

        (int code, string output, string error) = _recordings.Infer(_recordings.File("in"), "--fill-missing", "--json");

        Assert.Equal((0, ""), (code, error));
        TrialTensor expected = TestRecordings.OneShot(AsTheModelSees(WithUnits(counts, ["a", "b", "c"]), ["a", "b", "c"])), rates = _recordings.Rates("2")["rates"];
        Assert.True(Bins(rates).All(b => Enumerable.Range(0, 3).All(u => Math.Abs(rates[b.Trial, b.Bin, u] - expected[b.Trial, b.Bin, u]) < Tolerance)));
        Assert.Equal(["d"], TestRecordings.LastLine(output).GetProperty("inputs")[1].GetProperty("units_missing").EnumerateArray().Select(u => u.GetString()));
    }

    [Fact]
    public void Units_are_said_in_one_line()
    {
        string path = _recordings.Write(WithUnits(TestRecordings.Counts(1, 30), ["c", "x", "a"]), ["c", "x", "a"]);

        (_, _, string error) = TestRecordings.Run("--model", TestRecordings.Pyramid, "--input", path, "--out", _recordings.Out, "--fill-missing", "--drop-surplus", "--device", "cpu");

        Assert.Contains("silence in place of 2 units of the model: b, d; without 1 units that the model was not trained on: x)\n", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b c", "lacks 1 of the model's 4 units ('d'; --fill-missing shows the model silence in their place)")]
    [InlineData("a b c d x", "names 1 that the model was not trained on ('x'; --drop-surplus leaves them out)")]
    [InlineData("x y", "names none of the model's 4 units ('a', 'b', 'c', 'd')")]
    [InlineData("a b a", "names unit 'a' twice, expected each unit once")]
    public void A_difference_that_was_not_allowed_is_listed(string ids, string problem)
    {
        string[] units = ids.Split(' ');

        DataFormatException e = Assert.Throws<DataFormatException>(() => UnitMap.Match("f.h5", "/spikes", units.Length, units, Known, Known.Length, default));

        Assert.Equal("f.h5: /unit_ids " + problem, e.Message);
    }

    [Fact]
    public void Many_names_are_not_all_listed()
    {
        string[] known = [.. Enumerable.Range(0, 100).Select(i => $"u{i}")];

        DataFormatException e = Assert.Throws<DataFormatException>(() => UnitMap.Match("f.h5", "/spikes", 1, ["u7"], known, known.Length, default));

        Assert.Contains("lacks 99 of the model's 100 units ('u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u8', …;", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Columns by name: the known units' own, others' made up.</summary>
    private static TrialTensor WithUnits(TrialTensor counts, string[] ids)
    {
        var chosen = new TrialTensor(counts.Trials, counts.Bins, ids.Length);
        foreach ((int trial, int bin) in Bins(counts))
        {
            for (int unit = 0; unit < ids.Length; unit++)
            {
                int channel = Array.IndexOf(Known, ids[unit]);
                chosen[trial, bin, unit] = channel < 0 ? 50 : counts[trial, bin, channel];
            }
        }

        return chosen;
    }

    private static TrialTensor AsTheModelSees(TrialTensor counts, string[] ids)
    {
        var seen = new TrialTensor(counts.Trials, counts.Bins, Known.Length);
        foreach ((int trial, int bin) in Bins(counts))
        {
            for (int unit = 0; unit < ids.Length; unit++)
            {
                if (Array.IndexOf(Known, ids[unit]) is >= 0 and int channel)
                {
                    seen[trial, bin, channel] = counts[trial, bin, unit];
                }
            }
        }

        return seen;
    }

    private static IEnumerable<(int Trial, int Bin)> Bins(TrialTensor counts) =>
        Enumerable.Range(0, counts.Trials).SelectMany(trial => Enumerable.Range(0, counts.Bins).Select(bin => (trial, bin)));
}
