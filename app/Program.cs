using UnetSpikes.App;
using UnetSpikes.Cli;

return ToolHost.Run(RootVerbs.Create(), args);
