using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using UnetSpikes.Nlb.Prep;
using UnetSpikes.Nlb.Scores;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Kilosort;

namespace UnetSpikes.Prep;

/// <summary>One array of a written file.</summary>
/// <param name="Key">Its path.</param>
/// <param name="Shape">As numpy writes it.</param>
public sealed record WrittenArray(string Key, string Shape);

/// <summary>Reads a recording, cuts it, writes the data set.</summary>
internal static class PrepRun
{
    /// <summary>Does what the options say.</summary>
    /// <returns>What was written.</returns>
    public static IReadOnlyList<WrittenArray> Run(PrepOptions options, ToolConsole console) =>
        options.Dataset is { } name ? Benchmark(name, options, console) : Pieces(options, console);

    private static IReadOnlyList<WrittenArray> Benchmark(string name, PrepOptions options, ToolConsole console)
    {
        NlbParameters parameters = NlbParameters.Of(name);
        using Session session = Session.Open(options.DataRoot, parameters.FileMark);
        foreach (SessionPart part in session.Parts)
        {
            console.Info($"{part.Recording.Path}: {part.Recording.Format}, {part.Recording.Units.Count} units, {part.Recording.Trials?.Rows ?? 0} trials");
        }

        var warnings = new List<string>(session.Warnings);
        var tensors = new SessionTensors(parameters, session, options.BinWidthMs, options.Phase, warnings);
        warnings.ForEach(console.Warn);
        var dataset = new NlbDataset(name, options.BinWidthMs);
        return [.. TensorFile.Write(options.OutPath, dataset, options.Phase, tensors, options.IsSingle).Select(array => new WrittenArray(array.Key, array.Shape))];
    }

    private static List<WrittenArray> Pieces(PrepOptions options, ToolConsole console)
    {
        using Session session = OpenAny(options);
        var warnings = new List<string>(session.Warnings);
        AlignedTrials trials = options.ChopMs is { } chop
            ? AlignedTrials.Chopped(session, chop, options.BinWidthMs)
            : AlignedTrials.Around(session, new WindowRule(options.Align, options.WindowMs[0], options.WindowMs[1]), options.BinWidthMs);
        if (trials.LeftOut > 0)
        {
            warnings.Add($"{trials.LeftOut} windows were not recorded whole, or have no {options.Align ?? "end"}, and are left out");
        }

        (SpikeDataset data, int[] train, int[] valid) = trials.Split(options.ValidFraction, options.Seed);
        var written = new List<WrittenArray> { new("/train_data", data.Train.Counts.ToString()), new("/valid_data", data.Valid.Counts.ToString()) };
        Action<Hdf5File>? more = null;
        if (options.Behavior is { } series)
        {
            TrialTensor trainBehavior = trials.Behavior(series, options.LagMs, train, warnings), validBehavior = trials.Behavior(series, options.LagMs, valid, []);
            more = file => { Write(file, "/train_behavior", trainBehavior); Write(file, "/valid_behavior", validBehavior); };
            written.AddRange([new("/train_behavior", trainBehavior.ToString()), new("/valid_behavior", validBehavior.ToString())]);
        }

        warnings.ForEach(console.Warn);
        LfadsFile.Write(options.OutPath, data, new LfadsWriteOptions { Generator = "unet-spikes prep", WriteMore = more });
        return written;
    }

    private static Session OpenAny(PrepOptions options)
    {
        string root = options.DataRoot;
        bool isFolderOfFiles = options.Format is null && Directory.Exists(root) && !File.Exists(Path.Combine(root, KilosortRecording.TimesFile));
        RecordingFormat format = isFolderOfFiles ? RecordingFormat.Nwb : options.Format ?? RecordingFormats.Detect(root);
        if (options.Units != UnitChoice.NotNoise && format != RecordingFormat.Kilosort)
        {
            throw new UsageException("--units", $"chooses by the labels of a sorter's folder, which {root} is not");
        }

        return isFolderOfFiles ? Session.Open(root, mark: "") : Session.Of(RecordingFiles.Open(root, format, options.Units));
    }

    private static void Write(Hdf5File file, string key, TrialTensor values) =>
        file.Write<float>(key, [values.Trials, values.Bins, values.Units], values.Values, Hdf5Storage.Compressed([values.Trials, values.Bins, values.Units], sizeof(float)));
}
