using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Models.Import;
using UnetSpikes.Recordings;

namespace UnetSpikes.App;

/// <summary><c>inspect</c>: what a recording, a data set, a file of rates, a checkpoint or a model holds.</summary>
public static class InspectCommand
{
    /// <summary>Declares <c>inspect</c>.</summary>
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Recordings and sorters' folders, data sets, rates, .safetensors checkpoints, PyTorch's .pt and .ckpt, .onnx models.", Arity = ArgumentArity.OneOrMore };
        var format = new Option<string?>("--format") { Description = "What a recording is, where its content misleads.", HelpName = string.Join('|', RecordingFormats.Names) };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("inspect", "Say what files hold.") { files, format, json };
        command.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            RecordingFormat? known = parsed.GetValue(format) is { } name ? RecordingFormats.Parse(name) : null;
            List<object> summaries = [.. parsed.GetValue(files)!.Select(path => Inspect(path, known, output))];
            if (parsed.GetValue(json))
            {
                JsonLine.Write(output, new { Files = summaries });
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static object Inspect(string path, RecordingFormat? known, TextWriter output)
    {
        switch (KindOf(path))
        {
            case ".onnx":
                return ModelView.Write(path, output);
            case ".safetensors":
                SafetensorsFile file = Safetensors.Read(path);
                return Checkpoint.IsOne(file) ? CheckpointView.Write(path, output) : StateDictView.Write(StateDict.OfSafetensors(path, file), output);
            case ".pt":
                return StateDictView.Write(StateDict.OfTorch(path), output);
            default:
                RecordingFormat format = known ?? RecordingFormats.Detect(path);
                return RecordingFiles.HasSpikeTimes(path, format) ? RecordingView.Write(path, format, output) : DataView.Write(path, format, output);
        }
    }

    /// <summary>By the name; the rest is told apart by what is in it.</summary>
    private static string KindOf(string path)
    {
        if (!Path.Exists(path))
        {
            throw new DataFormatException(path, "", "does not exist, expected a recording, a data set, a checkpoint or a model");
        }

        string extension = Path.GetExtension(path).ToLowerInvariant();
        return extension switch
        {
            ".pt" or ".pth" or ".ckpt" => ".pt",
            ".onnx" or ".safetensors" => extension,
            _ => "",
        };
    }
}
