using UnetSpikes.Cli;
using UnetSpikes.Train;

return ToolHost.Run(TrainCommand.Create(), args);
