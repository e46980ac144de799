using System.CommandLine;
using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Sweep;
using UnetSpikes.Tests.Support;
using UnetSpikes.Tests.Train;
using Xunit;

namespace UnetSpikes.Tests.Sweep;

/// <summary>What is run, skipped, resumed and written; the last test with real training.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class SweepCommandTests : IDisposable
{
    private readonly FakeTraining _fake = new();

    public void Dispose() => _fake.Dispose();

    [Fact]
    public void Members_get_their_settings_seed_and_share_of_the_threads()
    {
        (int code, _, string error) = _fake.Sweep(
            "--grid", "model.latent_dim=10,11", "--seeds", "2", "--set", "TRAIN.MASK_RATIO=0.4", "--jobs", "2", "--data", "x.h5", "--config", "x.yaml", "--device", "cpu");

        Assert.True(code == 0, error);
        Assert.Equal(4, _fake.Calls.Length);
        Assert.All(_fake.Calls, call => Assert.Contains("--set TRAIN.MASK_RATIO=0.4 --set MODEL.LATENT_DIM=1", call, StringComparison.Ordinal));
        Assert.All(_fake.Calls, call => Assert.Contains($"--config {Path.GetFullPath("x.yaml")} --data {Path.GetFullPath("x.h5")} ", call, StringComparison.Ordinal));
        Assert.All(_fake.Calls, call => Assert.Contains("--threads 2 --device cpu", call, StringComparison.Ordinal));
        Assert.Equal(2, _fake.Calls.Count(call => call.Contains("--seed 2", StringComparison.Ordinal)));
        Assert.Equal(4, _fake.Read("manifest.jsonl").Count(c => c == '\n'));
    }

    [Fact]
    public void What_is_done_is_skipped_and_the_folder_alone_goes_on()
    {
        _fake.Verb("plan", "--grid", "model.latent_dim=10,11,12");
        Assert.Equal(0, _fake.Verb("run", "--index", "2").Code);
        Assert.Single(_fake.Calls);

        Assert.Equal(0, _fake.Sweep().Code);
        Assert.Equal(3, _fake.Calls.Length);
        Assert.Equal(0, _fake.Sweep("--grid", "model.latent_dim=10,11,12").Code);
        Assert.Equal(3, _fake.Calls.Length);

        (int code, _, string error) = _fake.Sweep("--grid", "model.latent_dim=10,11");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("holds another sweep", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_results_rank_by_validation_loss_with_mean_and_spread_over_seeds()
    {
        (_, string output, _) = _fake.Sweep("--grid", "model.latent_dim=30,10,20", "--seeds", "2", "--json");

        JsonElement result = TinyRun.LastLine(output);
        JsonElement[] ranking = [.. result.GetProperty("combinations").EnumerateArray()];
        Assert.Equal(["10", "20", "30"], ranking.Select(row => row.GetProperty("overrides").GetProperty("MODEL.LATENT_DIM").GetString()));
        JsonElement loss = ranking[0].GetProperty("scores").GetProperty("validation_loss");
        Assert.Equal((0.010, 0.0), (loss.GetProperty("mean").GetDouble(), loss.GetProperty("spread").GetDouble()));
        Assert.Equal(JsonValueKind.Null, ranking[0].GetProperty("scores").GetProperty("r2_uniform").GetProperty("mean").ValueKind);
        Assert.StartsWith("id,MODEL.LATENT_DIM,seed,state,error,validation_loss,bits_per_spike,r2_uniform,steps,seconds,checkpoint\n001-s1,30,1,done,,0.030,0.5,,7,2,", _fake.Read("results.csv"), StringComparison.Ordinal);
        Assert.StartsWith("rank,MODEL.LATENT_DIM,state,seeds,validation_loss_mean,validation_loss_sd,", _fake.Read("combinations.csv"), StringComparison.Ordinal);
        Assert.Contains("\n1,10,done,2,0.01,0,0.5,0,,,,,7,0,2,0,", _fake.Read("combinations.csv"), StringComparison.Ordinal);
        Assert.Equal(6, JsonDocument.Parse(_fake.Read("results.json")).RootElement.GetProperty("members").GetArrayLength());
    }

    [Fact]
    public void Spread_is_the_sample_standard_deviation()
    {
        OverSeeds over = OverSeeds.Of([1, null, 2, 6]);
        Assert.Equal((3.0, Math.Sqrt(7)), (over.Mean!.Value, over.Spread!.Value));
        Assert.Null(OverSeeds.Of([1, null]).Spread);
    }

    [Fact]
    public void A_member_that_fails_is_a_row_with_its_error_and_is_tried_again()
    {
        (int code, _, string error) = _fake.Sweep("--grid", "model.latent_dim=13,10");

        Assert.Equal(0, code);
        Assert.Contains("001-s1 failed: 13 is unlucky", error, StringComparison.Ordinal);
        Assert.Contains("001-s1,13,1,failed,\"13 is unlucky, \"\"really\"\"\",", _fake.Read("results.csv"), StringComparison.Ordinal);
        _fake.Sweep("--quiet");
        Assert.Equal(3, _fake.Calls.Length);
        Assert.DoesNotContain("--resume", _fake.Calls[2], StringComparison.Ordinal);
    }

    [Fact]
    public void When_all_fail_the_exit_code_says_so()
    {
        (int code, _, string error) = _fake.Sweep("--grid", "model.latent_dim=13", "--seeds", "2", "--quiet");

        Assert.Equal(ExitCode.Training, code);
        Assert.Contains("all 2 members failed", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Training, _fake.Verb("run", "--index", "1").Code);
        Assert.Equal(ExitCode.Training, _fake.Verb("collect").Code);
    }

    [Fact]
    public void The_budget_stops_a_member_which_the_next_call_resumes()
    {
        (int code, string output, string error) = _fake.Sweep("--grid", "model.latent_dim=10,99,11", "--max-seconds", "2");

        Assert.True(code == 0, error);
        Assert.Contains("stopped after 2 s: 2 members are not trained", error, StringComparison.Ordinal);
        Assert.Contains("unfinished", output, StringComparison.Ordinal);
        Assert.Equal(0, _fake.Sweep().Code);
        Assert.Equal(4, _fake.Calls.Length);
        Assert.StartsWith("--resume --out", _fake.Calls[2], StringComparison.Ordinal);
        Assert.DoesNotContain("unfinished", _fake.Read("results.csv"), StringComparison.Ordinal);
    }

    [Fact]
    public void Halving_trains_the_best_third_on_from_rung_to_rung()
    {
        (int code, string output, string error) = _fake.Sweep("--grid", "model.latent_dim=14..22", "--halving", "5,10,20", "--json");

        Assert.True(code == 0, error);
        string[] Of(string updates) => [.. _fake.Calls.Where(call => call.Contains($"TRAIN.NUM_UPDATES={updates} ", StringComparison.Ordinal))];
        Assert.Equal((9, 3, 1), (Of("5").Length, Of("10").Length, Of("20").Length));
        Assert.All(Of("10").Concat(Of("20")), call => Assert.StartsWith("--resume", call, StringComparison.Ordinal));
        JsonElement[] ranking = [.. TinyRun.LastLine(output).GetProperty("combinations").EnumerateArray()];
        Assert.Equal(["done", .. Enumerable.Repeat("dropped", 8)], ranking.Select(row => row.GetProperty("state").GetString()));
        Assert.Equal(["14", "15", "16"], ranking.Take(3).Select(row => row.GetProperty("overrides").GetProperty("MODEL.LATENT_DIM").GetString()));
        Assert.Equal(0, _fake.Sweep().Code);
        Assert.Equal(13, _fake.Calls.Length);
    }

    [Theory]
    [InlineData("--out", "--quiet")]
    [InlineData("--range", "--range", "a=1..2")]
    [InlineData("--random", "--random", "3")]
    [InlineData("--halving", "--grid", "a=1", "--halving", "10,5")]
    [InlineData("--halving", "--grid", "train.num_updates=1,2", "--halving", "5,10")]
    [InlineData("--jobs", "--grid", "a=1", "--jobs", "0")]
    public void What_cannot_be_is_a_usage_error_that_names_the_option(string option, params string[] arguments)
    {
        (int code, _, string error) = _fake.Sweep([.. arguments, "--quiet"]);

        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith($"error: {option}: ", error, StringComparison.Ordinal);
        Assert.Empty(_fake.Calls);
    }

    [Fact]
    public void Drawn_members_lie_in_their_ranges_and_follow_the_draws_own_seed()
    {
        string[] Draw(params string[] more)
        {
            using var fake = new FakeTraining();
            Assert.Equal(0, fake.Verb("plan", ["--random", "5", "--range", "model.latent_dim=100..900:int", .. more]).Code);
            return [.. fake.Read("manifest.jsonl").TrimEnd().Split('\n').Select(line =>
                JsonDocument.Parse(line).RootElement.GetProperty("overrides").GetProperty("MODEL.LATENT_DIM").GetString()!)];
        }

        string[] drawn = Draw();

        Assert.Equal(5, drawn.Length);
        Assert.All(drawn, width => Assert.InRange(int.Parse(width, System.Globalization.CultureInfo.InvariantCulture), 100, 900));
        Assert.Equal(drawn, Draw("--draw-seed", "1"));
        Assert.NotEqual(drawn, Draw("--draw-seed", "2"));
    }

    [Fact]
    public void A_real_sweep_gives_the_scores_of_training_alone()
    {
        using var tiny = new TinyRun();
        string tool = Path.Combine(AppContext.BaseDirectory.Replace("UnetSpikes.Tests", "UnetSpikes.Train", StringComparison.Ordinal), "UnetSpikes.Train.dll");
        Command command = SweepCommand.Create(new TrainProgram("dotnet", ["exec", tool]));
        using StringWriter output = new(), error = new();
        string[] settings = ["--set", "TRAIN.NUM_UPDATES=6", "--set", "TRAIN.BATCH_SIZE=8"];

        int code = ToolHost.Run(
            command,
            ["--out", tiny.File("sweep"), "--data", tiny.Data, "--grid", "model.layers=1,2", "--grid", "model.latent_dim=2,3", .. settings, "--threads", "2", "--jobs", "2", "--json", "--quiet"],
            output,
            error);
        (_, string alone, _) = TinyRun.Run(
            ["--out", tiny.File("alone"), "--data", tiny.Data, "--set", "MODEL.NUM_LAYERS=2", "--set", "MODEL.LATENT_DIM=3", "--seed", "1", .. settings, "--threads", "1", "--quiet", "--json"]);

        Assert.True(code == 0, error.ToString());
        JsonElement[] members = [.. TinyRun.LastLine(output.ToString()).GetProperty("members").EnumerateArray()];
        Assert.Equal(["done", "done", "done", "done"], members.Select(member => member.GetProperty("state").GetString()));
        Assert.Equal(4, members.Select(member => member.GetProperty("scores").GetProperty("validation_loss").GetDouble()).Distinct().Count());
        JsonElement last = members[3].GetProperty("scores");
        Assert.Equal(TinyRun.LastLine(alone).GetProperty("validation_loss").GetDouble(), last.GetProperty("validation_loss").GetDouble(), 12);
        Assert.Equal(TinyRun.LastLine(alone).GetProperty("parameters").GetInt32(), last.GetProperty("parameters").GetInt32());
        Assert.True(File.Exists(last.GetProperty("checkpoint").GetString()));
    }
}
