using System.Diagnostics;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Models.Runs;
using UnetSpikes.Runtime;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>What a run is made of beside its options.</summary>
/// <param name="Options">The resolved options.</param>
/// <param name="ConfigYaml">The resolved configuration they were read from; stored in every checkpoint.</param>
/// <param name="Dataset">The data.</param>
/// <param name="Folder">Where the files go.</param>
/// <param name="Device">Where to run.</param>
/// <param name="Threads">Threads; 0 = as many as the job was given.</param>
/// <param name="MaxSeconds">Training stops cleanly after that long; 0 = never.</param>
public sealed record TrainingRun(
    TrainOptions Options, string ConfigYaml, SpikeDataset Dataset, RunFolder Folder, Device Device, int Threads, double MaxSeconds)
{
    /// <summary>The networks whose rates take the place of counts in the loss; null = none.</summary>
    public Teacher? Teacher { get; init; }

    /// <summary>Seconds that a new run counts from; see <see cref="RunSettings.SecondsBefore"/>.</summary>
    public double SecondsBefore { get; init; }

    /// <summary>The configuration's values by key, for TensorBoard's HParams page; see <see cref="TrainConfiguration.Values"/>.</summary>
    public IReadOnlyDictionary<string, object> Values { get; init; } = new Dictionary<string, object>();
}

/// <summary>Training by masked modelling, from the first step (or the one after the last checkpoint) to the stop.</summary>
public sealed class TrainingLoop : IDisposable
{
    private readonly TrainingRun _run;
    private readonly TrainOptions _options;
    private readonly TrialTensor _counts;
    private readonly SpikeNetwork _network;
    private readonly RunCheckpoints _checkpoints;
    private readonly TrainingSteps _steps;
    private readonly AveragedWeights? _averaged;
    private readonly Validation _validation;
    private readonly RunEvents _events;
    private readonly RunHistory _history;
    private readonly TrainingBatches _batches;
    private RunProgress _progress;

    /// <summary>Prepares a run.</summary>
    /// <param name="run">What to train on what.</param>
    /// <param name="resumeFrom">The checkpoint to go on from; null for a new run.</param>
    public TrainingLoop(TrainingRun run, Checkpoint? resumeFrom)
    {
        _run = run;
        _options = run.Options;
        _counts = run.Dataset.Train.Counts;
        SpikeNetwork network = _network = _options.ModelFor(run.Dataset).Build();
        ObservedPart observed = run.Dataset.Observed;
        _checkpoints = new RunCheckpoints(run, network.Options, hasLast: resumeFrom is not null);
        var filling = Filling.Of(_options.MaskFill, _counts, observed);
        TrialTensor? taught = run.Teacher?.Rates(_options, run.Dataset.Train, run.Device, run.Threads);
        if (resumeFrom is null)
        {
            _batches = new TrainingBatches(_counts, _options, filling, from: null, taught, observed);
            _progress = _batches.Save(null) with { Seconds = run.SecondsBefore };
        }
        else
        {
            _progress = RunProgress.FromEntries(run.Folder.Last, resumeFrom.Run).Progress;
            _checkpoints.RequireSameRun(resumeFrom, _progress);
            _batches = new TrainingBatches(_counts, _options, filling, _progress, taught, observed);
        }

        NetworkState start = resumeFrom is null
            ? NetworkState.Untrained(network, _counts, _options.Seed)
            : NetworkState.Of(resumeFrom);
        TrainingStep Make(int batch, NetworkState state) => new(network, batch, observed.Bins, _options, state, run.Device, run.Threads);
        _steps = new TrainingSteps(Make, Make(_batches.PeekSize(_progress.Step + 1), start));
        _averaged = _options.Average.IsOn ? new AveragedWeights(network, _counts, _options, filling, run.Device, run.Threads) : null;
        _validation = new Validation(network, run.Dataset.Valid, _options, filling, run.Device, run.Threads);
        Directory.CreateDirectory(run.Folder.FolderPath);
        _events = new RunEvents(run.Folder.FolderPath);
        _history = new RunHistory(run.Folder.Files.History, _progress.Step);
        if (resumeFrom is null)
        {
            _events.Start(run.Values, _validation.Graph); // Once a run: TensorBoard keeps the first it finds.
        }
    }

    /// <summary>Where it runs, and why there.</summary>
    public string DeviceReason => _steps.Current.DeviceReason;

    /// <summary>Numbers the network has to learn.</summary>
    public int Parameters => _network.Parameters.Count;

    /// <summary>Trains until the updates, the time or the patience are used up.</summary>
    /// <param name="console">For progress.</param>
    /// <param name="cancel">Ctrl-C: the state is saved, then <see cref="OperationCanceledException"/>.</param>
    /// <returns>Where the run stands.</returns>
    /// <exception cref="TrainingException">The loss is not a number.</exception>
    public RunProgress Run(ToolConsole console, CancellationToken cancel)
    {
        using var line = new ProgressLine(console, "train", _options.Updates, "steps", _progress.Step);
        var clock = Stopwatch.StartNew();
        double secondsBefore = _progress.Seconds;
        double lossSum = 0;
        int lossCount = 0;

        for (long step = _progress.Step + 1; step <= _options.Updates; step++)
        {
            TrainingStep update = _steps.For(_batches.SizeFor(step));
            _batches.Next(step, update.Input, update.Weights, update.WeightedCounts);
            update.DrawDropout(_batches.DropoutStream);
            double rate = _options.LearningRate.At(step, _progress.Plateau);
            (double loss, double gradientNorm) = update.Run(rate, step);
            if (!double.IsFinite(loss))
            {
                throw new TrainingException(step, loss, _checkpoints.LastGood);
            }

            _checkpoints.LossWasFinite();
            lossSum += loss;
            lossCount++;
            _progress = _progress with { Step = step, Seconds = secondsBefore + clock.Elapsed.TotalSeconds };

            if (step % _options.LogInterval == 0 || step == 1)
            {
                _events.Train(step, lossSum / lossCount, gradientNorm, rate);
                _history.Append(new HistoryPoint
                {
                    Step = step,
                    Seconds = _progress.Seconds,
                    TrainLoss = lossSum / lossCount,
                    GradientNorm = gradientNorm,
                    LearningRate = rate,
                });
                (lossSum, lossCount) = (0, 0);
            }

            bool isOutOfTime = _run.MaxSeconds > 0 && clock.Elapsed.TotalSeconds >= _run.MaxSeconds;
            bool isEnd = step == _options.Updates || isOutOfTime || cancel.IsCancellationRequested;
            if (step % _options.ValidationInterval == 0 || step == _options.Updates || isOutOfTime)
            {
                Validate(step);
            }

            line.Report(step, Note(loss));
            bool isPatienceOver = _options.Patience > 0 && step - _progress.BestStep >= _options.Patience && _progress.Best is not null;
            if (isEnd || isPatienceOver || step % _options.CheckpointInterval == 0)
            {
                _progress = _batches.Save(_progress with { Seconds = secondsBefore + clock.Elapsed.TotalSeconds });
                NetworkState newest = ReadState(step);
                _checkpoints.SaveLast(newest, _averaged?.Of(newest), _progress);
            }

            if (cancel.IsCancellationRequested)
            {
                line.Message($"stopped at step {step}; --resume goes on from {_run.Folder.Last}");
                throw new OperationCanceledException(cancel);
            }

            if (isOutOfTime || isPatienceOver)
            {
                line.Message(isOutOfTime ? $"stopped at step {step} after {_run.MaxSeconds} s" : $"stopped at step {step}: no better validation for {_options.Patience} steps");
                break;
            }
        }

        if (_progress.Best is null)
        {
            Validate(_progress.Step); // A resumed run that had no step left to make.
        }

        return _progress;
    }

    /// <summary>Puts the scores of the finished run beside its curves.</summary>
    /// <param name="result">The scores.</param>
    public void Report(TrainResult result) => _events.End(result);

    /// <summary>Frees the sessions and closes the events.</summary>
    public void Dispose()
    {
        _history.Dispose();
        _events.Dispose();
        _validation.Dispose();
        _averaged?.Dispose();
        _steps.Dispose();
    }

    private void Validate(long step)
    {
        NetworkState newest = ReadState(step);
        NetworkState state = _averaged?.Of(newest) ?? newest;
        ValidationScores scores = _validation.Score([state], out TrialTensor rates);
        if (!double.IsFinite(scores.Loss))
        {
            throw new TrainingException(step, scores.Loss, _checkpoints.LastGood);
        }

        _events.Validate(step, scores, rates, _run.Dataset.Valid);
        _events.Middle(step, _validation.Middle);
        if (_options.WritesHistograms)
        {
            _events.Histograms(step, _network.Parameters, state.Parameters, _steps.Current.Gradient);
        }

        _events.Mask(step, _batches.FirstMask, _run.Dataset.HeldInUnits);
        _history.Append(new HistoryPoint
        {
            Step = step,
            Seconds = _progress.Seconds,
            ValidationLoss = scores.Loss,
            BitsPerSpike = scores.BitsPerSpike,
            CoBps = scores.CoBps,
            FpBps = scores.FpBps,
            R2Uniform = scores.Rates?.R2Uniform,
            R2Pooled = scores.Rates?.R2Pooled,
            R2Median = scores.Rates?.R2Median,
        });
        _batches.Sample(_steps.Current.Input).Write(_run.Folder.Files.Batch, step);
        if (step % _options.ValidationInterval == 0)
        {
            // A validation that only a stop brought about must not count, or a resumed run would go another way.
            _progress = _progress with { Plateau = _options.LearningRate.Observe(_progress.Plateau, step, scores.Loss) };
        }

        if (_options.SelectBy.Prefers(scores, _progress.Best))
        {
            _progress = _batches.Save(_progress with { Best = scores, BestStep = step });
            _checkpoints.SaveBest(state, _progress);
        }
    }

    /// <summary>The state after a step; weights that are not numbers never reach a checkpoint.</summary>
    private NetworkState ReadState(long step)
    {
        NetworkState state = _steps.Current.ReadState();
        return Array.TrueForAll(state.Parameters, float.IsFinite) ? state : throw new TrainingException(step, double.NaN, _checkpoints.LastGood);
    }

    private string Note(double loss) => (_progress.Best, _progress.Best?.Rates) switch
    {
        (null, _) => $"loss {loss:F4}",
        (ValidationScores best, null) => $"loss {loss:F4}  best {best.BitsPerSpike:F4} bits/spike",
        (_, RateScores rates) => $"loss {loss:F4}  best R2 {rates.R2Uniform:F4}",
    };
}
