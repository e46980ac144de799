using System.CommandLine;
using UnetSpikes.Bench;
using UnetSpikes.Cli;

return ToolHost.Run(new RootCommand("Measurements side by side.") { TrainingStepBench.Create(), BinningBench.Create(), InferenceModel.Create(), BatchInferBench.Create() }, args);
