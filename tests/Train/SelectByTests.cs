using System.Text.Json;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>Which weights are kept follows the quantity that is asked for, and only that one.</summary>
public sealed class SelectByTests : IDisposable
{
    private static readonly ValidationScores Old = new(Loss: 1, BitsPerSpike: 0, null) { UnmaskedLoss = 1 };

    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(SelectBy.Loss, 0.9, 1.1, true)]
    [InlineData(SelectBy.Loss, 1.1, 0.9, false)]
    [InlineData(SelectBy.Loss, 1, 0.9, false)]
    [InlineData(SelectBy.UnmaskedLoss, 0.9, 1.1, false)]
    [InlineData(SelectBy.UnmaskedLoss, 1.1, 0.9, true)]
    [InlineData(SelectBy.Newest, 2, 2, true)]
    public void The_lower_one_of_its_quantity_is_kept(SelectBy by, double loss, double unmaskedLoss, bool expected)
    {
        var scores = new ValidationScores(loss, 0, null) { UnmaskedLoss = unmaskedLoss };

        Assert.Equal(expected, by.Prefers(scores, Old));
        Assert.True(by.Prefers(scores, null));
    }

    [Fact]
    public void Scores_of_an_older_checkpoint_are_no_obstacle() =>
        Assert.True(SelectBy.UnmaskedLoss.Prefers(Old, new ValidationScores(1, 0, null)));

    /// <summary>A rate that ruins the network: what was best was early, what is newest is bad.</summary>
    [Fact]
    public void The_newest_are_kept_when_asked_for_and_patience_never_ends()
    {
        string[] ruin = ["--lr", "0.3", "--set", "TRAIN.LR.WARMUP=90", "--set", "TRAIN.VAL_INTERVAL=5", "--set", "TRAIN.PATIENCE=20"];

        (_, string byLoss, _) = _tiny.Train("loss", 100, ruin);
        (_, string newest, _) = _tiny.Train("newest", 100, [.. ruin, "--set", "TRAIN.SELECT_BY=newest"]);

        JsonElement best = TinyRun.LastLine(byLoss);
        Assert.True(best.GetProperty("best_step").GetInt32() < 100);
        Assert.Equal((100, 100), (TinyRun.LastLine(newest).GetProperty("best_step").GetInt32(), TinyRun.LastLine(newest).GetProperty("steps").GetInt32()));
        Assert.Equal(_tiny.Last("newest").Parameters, _tiny.Best("newest").Parameters);
    }
}
