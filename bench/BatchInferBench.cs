using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Infer;
using UnetSpikes.Infer.Files;
using UnetSpikes.Infer.Pipeline;

namespace UnetSpikes.Bench;

/// <summary>Files per second of a batch, with and without overlap of reading, computing and writing, alternating.</summary>
/// <remarks>
/// Answers: what do the pipeline's four batches under way bring over one? Both run the same code over the same copies of one file in a new
/// folder each time, flushing every output to the disk as <c>infer</c> does. Does not measure starting the program and loading the model.
/// </remarks>
public static class BatchInferBench
{
    /// <summary>Declares <c>batch --model M --input FILE --files N</c>.</summary>
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model.", HelpName = "FILE.onnx", Required = true };
        var input = new Option<string>("--input") { Description = "A file of counts, copied.", HelpName = "FILE", Required = true };
        var files = new Option<int>("--files") { Description = "How many copies.", HelpName = "N", DefaultValueFactory = _ => 200 };
        var rounds = new Option<int>("--rounds") { Description = "How often each way.", HelpName = "N", DefaultValueFactory = _ => 3 };
        Option<int> threads = CommonOptions.Threads();
        var command = new Command("batch", "Time inference over many files; prints one JSON object.") { model, input, files, rounds, threads };
        command.SetAction(parsed =>
        {
            string folder = Directory.CreateTempSubdirectory("unet-spikes-bench-").FullName;
            try
            {
                using var loaded = SpikeModel.Open(parsed.GetValue(model)!, "cpu", parsed.GetValue(threads));
                PlannedFile[] copies = Copies(parsed.GetValue(input)!, folder, parsed.GetValue(files));
                Time(loaded, copies, FilePipeline.DefaultPieces); // Warms up.
                (List<double> apart, List<double> together) = ([], []);
                for (int round = 0; round < parsed.GetValue(rounds); round++)
                {
                    apart.Add(Time(loaded, copies, pieces: 1));
                    together.Add(Time(loaded, copies, FilePipeline.DefaultPieces));
                }

                JsonLine.Write(parsed.InvocationConfiguration.Output, new { Files = copies.Length, loaded.Session.Threads, OneAtATimePerSecond = apart, OverlappedPerSecond = together });
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static PlannedFile[] Copies(string input, string folder, int count)
    {
        var copies = new PlannedFile[count];
        for (int i = 0; i < count; i++)
        {
            var file = new InputFile(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i:0000}.h5")), i.ToString("0000", CultureInfo.InvariantCulture));
            File.Copy(input, file.Path);
            copies[i] = new PlannedFile(file, file.OutputIn(Path.Combine(folder, "out")));
        }

        return copies;
    }

    /// <returns>Files per second.</returns>
    private static double Time(SpikeModel model, PlannedFile[] files, int pieces)
    {
        var options = new InferOptions { ModelPath = model.Path, Inputs = [], OutFolder = "" };
        long started = Stopwatch.GetTimestamp();
        using (var pipeline = new FilePipeline(model, options, CancellationToken.None, pieces) { OnEnd = Require })
        {
            pipeline.Run(files);
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Directory.Delete(Path.GetDirectoryName(files[0].Output)!, recursive: true);
        return files.Length / seconds;
    }

    private static void Require(FileJob job, InputResult? result)
    {
        if (result is null)
        {
            throw new InvalidOperationException("a file failed", job.Failure);
        }
    }
}
