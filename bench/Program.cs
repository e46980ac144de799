using UnetSpikes.Bench;

return args switch
{
    ["training-step", .. string[] rest] => TrainingStepBench.Run(rest),
    ["inference", .. string[] rest] => InferenceBench.Run(rest),
    _ => throw new ArgumentException("expected training-step or inference; bench/vs_pytorch.sh drives both"),
};
