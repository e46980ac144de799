using UnetSpikes.Cli;
using UnetSpikes.Infer;

return ToolHost.Run(InferCommand.Create(), args);
