using UnetSpikes.Cli;
using UnetSpikes.Decode;

return ToolHost.Run(DecodeCommand.Create(), args);
