using System.CommandLine;
using UnetSpikes.App.Bench;
using UnetSpikes.App.ModelInfo;
using UnetSpikes.Decode;
using UnetSpikes.Export;
using UnetSpikes.Infer;
using UnetSpikes.Prep;
using UnetSpikes.Report;
using UnetSpikes.Sweep;
using UnetSpikes.Train;

namespace UnetSpikes.App;

/// <summary><c>unet-spikes</c>: the tools, in the order data flows, and the small ones around them.</summary>
public static class RootVerbs
{
    /// <summary>Declares the root command.</summary>
    public static RootCommand Create() => new("Denoise spike trains: from spike counts to firing rates and latents, with a UNet trained by masked modelling.")
    {
        SimulateCommand.Create(),
        PrepCommand.Create(),
        TrainCommand.Create(),
        SweepCommand.Create(TrainProgram.OfThisProcess()),
        ExportCommand.Create(),
        InferCommand.Create(),
        DecodeCommand.Create(),
        ReportCommand.Create(),
        InspectCommand.Create(),
        ModelInfoCommand.Create(),
        BenchCommand.Create(),
        DoctorCommand.Create(),
        SummaryCommand.Create(),
    };
}
