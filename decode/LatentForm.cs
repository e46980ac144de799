using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;

namespace UnetSpikes.Decode;

/// <summary><c>decode --rates R.h5 --targets D.h5</c>: latents from rates, and from raw and smoothed counts beside them.</summary>
internal sealed class LatentForm
{
    public Option<string?> Targets { get; } = new("--targets")
    {
        Description = "Decode latents: a data set (LFADS-style HDF5) with the counts and the latents of the same trials.",
        HelpName = "FILE",
    };

    public Option<double?> Sigma { get; } = new("--smooth-sigma")
    {
        Description = "With --targets or --counts: width of the Gaussian for smoothed counts, in bins. Default: the one that decodes training trials best.",
        HelpName = "BINS",
    };

    public static void Execute(string ratesPath, string targetsPath, string decoderPath, bool isJson, DecodeOptions options, ToolConsole console, CancellationToken cancel)
    {
        var inputs = DecodeInputs.Read(ratesPath, targetsPath);
        console.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"decoding {inputs.Train.Targets.Units} dimensions: {inputs.Train.Targets.Trials} training and {inputs.Valid.Targets.Trials} validation trials of {inputs.Train.Targets.Bins} bins ({inputs.BinWidthMs} ms), {inputs.Train.Counts.Units} units"));
        var report = new DecodeReport(inputs, options, DecodeRun.Run(inputs, options, console, cancel));
        foreach (DecodedFeatures row in report.Rows.Where(row => row.Fit.IsAlphaAtEdge))
        {
            console.Detail(string.Create(CultureInfo.InvariantCulture, $"{row.Features}: the best alpha, {row.Fit.Decoder.Alpha}, is at the end of those tried"));
        }

        report.Write(decoderPath);
        console.Info("wrote " + decoderPath);
        report.Table().Write(console.Out);
        if (isJson)
        {
            JsonLine.Write(console.Out, report.Summary(decoderPath));
        }
    }
}
