using UnetSpikes.Core;

namespace UnetSpikes.Sweep;

/// <summary>The keys a sweep varies: those of the training configuration, in any case.</summary>
internal static class SweepKey
{
    /// <summary>Names people expect where the configuration's differ from them.</summary>
    private static readonly Dictionary<string, string> Aliases = new() { ["MODEL.LAYERS"] = "MODEL.NUM_LAYERS", ["TRAIN.UPDATES"] = "TRAIN.NUM_UPDATES" };

    /// <summary>Splits "key=rest" and gives the key as the configuration spells it.</summary>
    /// <param name="option">The option it was given to, for the message.</param>
    /// <param name="text">As the user wrote it.</param>
    /// <exception cref="UsageException">Not key=rest, or a key that a sweep has an option for.</exception>
    public static (string Key, string Values) Split(string option, string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || equals == text.Length - 1)
        {
            throw new UsageException(option, $"\"{text}\" is not key=values, expected for example model.latent_dim=8,16");
        }

        string key = text[..equals].Trim().ToUpperInvariant();
        return key == "SEED"
            ? throw new UsageException(option, "cannot vary SEED; expected --seeds N")
            : (Aliases.GetValueOrDefault(key, key), text[(equals + 1)..].Trim());
    }
}
