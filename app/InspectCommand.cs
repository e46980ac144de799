using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.App;

/// <summary><c>inspect</c>: what a data set, a file of rates, a checkpoint or a model holds.</summary>
public static class InspectCommand
{
    /// <summary>Declares <c>inspect</c>.</summary>
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "HDF5 data or rates, .safetensors checkpoints, .onnx models.", Arity = ArgumentArity.OneOrMore };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("inspect", "Say what files hold.") { files, json };
        command.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            List<object> summaries = [.. parsed.GetValue(files)!.Select(path => Inspect(path, output))];
            if (parsed.GetValue(json))
            {
                JsonLine.Write(output, new { Files = summaries });
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static object Inspect(string path, TextWriter output) => KindOf(path) switch
    {
        ".onnx" => ModelView.Write(path, output),
        ".safetensors" => CheckpointView.Write(path, output),
        _ => DataView.Write(path, output),
    };

    /// <summary>By the name; what has no name of ours is left for HDF5 to take or refuse.</summary>
    private static string KindOf(string path)
    {
        if (!File.Exists(path))
        {
            throw new DataFormatException(path, "", "does not exist, expected an HDF5 file, a checkpoint or a model");
        }

        string extension = Path.GetExtension(path).ToLowerInvariant();
        return extension is ".onnx" or ".safetensors" ? extension : "";
    }
}
