using UnetSpikes.Cli;
using UnetSpikes.Prep;

return ToolHost.Run(PrepCommand.Create(), args);
