using System.Security.Cryptography;
using UnetSpikes.Core;
using UnetSpikes.Infer;
using UnetSpikes.Runtime;
using UnetSpikes.Runtime.Timing;

namespace UnetSpikes.App.Bench;

/// <summary>A model to be timed: ours, or any ONNX model that takes counts.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">Its hash, lower-case hex.</param>
/// <param name="Settings">How it is to run.</param>
/// <param name="Input">How it takes counts.</param>
/// <param name="Metadata">What it says of itself; null for a model that is not ours.</param>
/// <param name="Device">The device that computes, and why.</param>
/// <param name="Threads">How many threads compute, and who said so.</param>
internal sealed record BenchModel(string Path, string Sha256, SessionSettings Settings, SpikeInput Input, ModelMetadata? Metadata, string Device, string Threads)
{
    /// <summary>Loads the model, learns how it takes counts, and frees it again.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">How it is to run.</param>
    /// <param name="channels">How many channels it should have, where that is known.</param>
    /// <exception cref="CheckpointException">Missing, not an ONNX model, or one that does not take counts.</exception>
    /// <exception cref="SessionException">ONNX Runtime or the device refused.</exception>
    public static BenchModel Open(string path, SessionSettings settings, int? channels = null)
    {
        (OnnxSession session, byte[] bytes) = SpikeModel.Load(path, settings with { Name = path });
        using (session)
        {
            ModelMetadata? metadata = ModelMetadata.IsIn(session.Metadata) ? ModelMetadata.FromDictionary(path, session.Metadata) : null;
            return new BenchModel(
                path, Convert.ToHexStringLower(SHA256.HashData(bytes)), session.Settings, SpikeInput.Of(path, session, metadata, channels), metadata,
                $"{session.Device} ({session.DeviceReason})", $"{session.Threads.Count} ({session.Threads.Source})");
        }
    }

    /// <summary>Loads it again, with counts of one shape.</summary>
    /// <param name="batch">Trials per call.</param>
    /// <param name="bins">Bins of each.</param>
    public TimedModel Timed(int batch, int bins) => TimedModel.Open(() => SpikeModel.Load(Path, Settings).Session, Input, batch, bins);
}
