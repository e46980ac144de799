using System.Diagnostics;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Runtime;

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
    /// <summary>The configuration's values by key, for TensorBoard's HParams page; see <see cref="TrainConfiguration.Values"/>.</summary>
    public IReadOnlyDictionary<string, object> Values { get; init; } = new Dictionary<string, object>();
}

/// <summary>Training by masked modelling, from the first step (or the one after the last checkpoint) to the stop.</summary>
public sealed class TrainingLoop : IDisposable
{
    private readonly TrainingRun _run;
    private readonly TrainOptions _options;
    private readonly TrialTensor _counts;
    private readonly ModelOptions _model;
    private readonly SpikeNetwork _network;
    private readonly TrainingStep _step;
    private readonly Validation _validation;
    private readonly RunEvents _events;
    private readonly TrialSampler _sampler;
    private readonly Rng _maskStream;
    private readonly int[] _trials;
    private readonly bool[] _mask;
    private RunProgress _progress;

    // last.safetensors is good once the loss of its weights is known to be a number, which is one step after it was written.
    private bool _hasLast;
    private bool _isLastGood;

    /// <summary>Prepares a run.</summary>
    /// <param name="run">What to train on what.</param>
    /// <param name="resumeFrom">The checkpoint to go on from; null for a new run.</param>
    public TrainingLoop(TrainingRun run, Checkpoint? resumeFrom)
    {
        _run = run;
        _options = run.Options;
        _counts = run.Dataset.Train.Counts;
        _model = _options.ModelFor(_counts.Units);
        SpikeNetwork network = _network = _model.Build();
        int batch = Math.Min(_options.BatchSize, _counts.Trials);
        if (resumeFrom is null)
        {
            _sampler = new TrialSampler(_counts.Trials, new Rng(_options.Seed, "trials"));
            _maskStream = new Rng(_options.Seed, "masks");
            _progress = new RunProgress { Sampler = _sampler.Position, MaskStream = _maskStream.State };
        }
        else
        {
            _progress = RunProgress.FromEntries(run.Folder.Last, resumeFrom.Run).Progress;
            RequireSameRun(resumeFrom);
            _hasLast = true;
            _sampler = new TrialSampler(_counts.Trials, _progress.Sampler);
            _maskStream = Rng.FromState(_progress.MaskStream);
        }

        NetworkState start = resumeFrom is null
            ? NetworkState.Untrained(network, MeanRate(_counts), new Rng(_options.Seed, "weights"))
            : new NetworkState(resumeFrom.Parameters, resumeFrom.RunningStatistics, resumeFrom.Optimizer);
        _step = new TrainingStep(network, batch, _counts.Bins, _options, start, run.Device, run.Threads);
        _validation = new Validation(network, run.Dataset.Valid, _options, run.Device, run.Threads);
        _trials = new int[batch];
        _mask = new bool[batch * _counts.Bins * _counts.Units];
        Directory.CreateDirectory(run.Folder.FolderPath);
        _events = new RunEvents(run.Folder.FolderPath);
        if (resumeFrom is null)
        {
            _events.Start(run.Values, _validation.Graph); // Once a run: TensorBoard keeps the first it finds.
        }
    }

    /// <summary>Where it runs, and why there.</summary>
    public string DeviceReason => _step.DeviceReason;

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
            NextBatch();
            double rate = _options.LearningRate.At(step);
            (double loss, double gradientNorm) = _step.Run(rate, step);
            if (!double.IsFinite(loss))
            {
                throw new TrainingException(step, loss, LastGood);
            }

            _isLastGood = _hasLast;
            lossSum += loss;
            lossCount++;
            _progress = _progress with { Step = step, Seconds = secondsBefore + clock.Elapsed.TotalSeconds };

            if (step % _options.LogInterval == 0 || step == 1)
            {
                _events.Train(step, lossSum / lossCount, gradientNorm, rate);
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
                _progress = _progress with { Seconds = secondsBefore + clock.Elapsed.TotalSeconds };
                Save(_run.Folder.Last, ReadState(step));
                (_hasLast, _isLastGood) = (true, false);
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
        _events.Dispose();
        _validation.Dispose();
        _step.Dispose();
    }

    private string? LastGood => _isLastGood ? _run.Folder.Last : File.Exists(_run.Folder.Best) ? _run.Folder.Best : null;

    private void NextBatch()
    {
        _sampler.Next(_trials);
        _options.Masking.Draw(_mask, _trials.Length, _counts.Bins, _counts.Units, _maskStream);
        MaskedBatch.Fill(
            _counts, _trials, _mask, _options.VisibleScale(_options.Masking.Ratio), _step.Input, _step.Weights, _step.WeightedCounts);
    }

    private void Validate(long step)
    {
        NetworkState state = ReadState(step);
        ValidationScores scores = _validation.Score(state, out TrialTensor logRates);
        if (!double.IsFinite(scores.Loss))
        {
            throw new TrainingException(step, scores.Loss, LastGood);
        }

        _events.Validate(step, scores, logRates, _run.Dataset.Valid);
        _events.Middle(step, _validation.Middle);
        if (_options.WritesHistograms)
        {
            _events.Histograms(step, _network.Parameters, state.Parameters, _step.Gradient);
        }

        _events.Mask(step, _mask.AsSpan(0, _counts.Bins * _counts.Units), _counts.Units);
        if (_progress.Best is null || scores.Loss < _progress.Best.Loss)
        {
            _progress = _progress with { Best = scores, BestStep = step };
            Save(_run.Folder.Best, state);
        }
    }

    /// <summary>The state after a step; weights that are not numbers never reach a checkpoint.</summary>
    private NetworkState ReadState(long step)
    {
        NetworkState state = _step.ReadState();
        return Array.TrueForAll(state.Parameters, float.IsFinite) ? state : throw new TrainingException(step, double.NaN, LastGood);
    }

    private void Save(string path, NetworkState state)
    {
        _progress = _progress with { Sampler = _sampler.Position, MaskStream = _maskStream.State };
        new Checkpoint
        {
            Model = _model,
            Parameters = state.Parameters,
            RunningStatistics = state.RunningStatistics,
            Optimizer = state.Optimizer,
            Step = _progress.Step,
            Data = new TrainingData(_run.Dataset.Path, _run.Dataset.Fingerprint, _options.BinWidthMs ?? _run.Dataset.BinWidthMs, _run.Dataset.UnitIds),
            Run = _progress.ToEntries(_run.ConfigYaml),
        }.Save(path);
    }

    private string Note(double loss) => (_progress.Best, _progress.Best?.Rates) switch
    {
        (null, _) => $"loss {loss:F4}",
        (ValidationScores best, null) => $"loss {loss:F4}  best {best.BitsPerSpike:F4} bits/spike",
        (_, RateScores rates) => $"loss {loss:F4}  best R2 {rates.R2Uniform:F4}",
    };

    private void RequireSameRun(Checkpoint checkpoint)
    {
        if (checkpoint.Model != _model)
        {
            throw new CheckpointException(_run.Folder.Last, "model", $"is {checkpoint.Model.ToJson()}, expected that of the configuration, {_model.ToJson()}");
        }

        if (checkpoint.Data.Fingerprint != _run.Dataset.Fingerprint)
        {
            throw new CheckpointException(_run.Folder.Last, "data", $"was another data set ({checkpoint.Data.Path}), expected the counts of {_run.Dataset.Path}");
        }

        if (_progress.Sampler.Dealt > _counts.Trials)
        {
            throw new CheckpointException(_run.Folder.Last, "progress", $"had dealt {_progress.Sampler.Dealt} trials of an epoch, expected at most the {_counts.Trials} there are now");
        }
    }

    /// <summary>Mean spikes per bin; where there are no spikes at all, one in a thousand bins, so that its log exists.</summary>
    private static double MeanRate(TrialTensor counts) => Math.Max(1e-3, counts.Values.Average(c => (double)c));
}
