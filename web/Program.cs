using UnetSpikes.Cli;
using UnetSpikes.Web;

return ToolHost.Run(WebCommand.Create(), args);
