using UnetSpikes.Cli;
using UnetSpikes.Export;

return ToolHost.Run(ExportCommand.Create(), args);
