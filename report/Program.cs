using UnetSpikes.Cli;
using UnetSpikes.Report;

return ToolHost.Run(ReportCommand.Create(), args);
