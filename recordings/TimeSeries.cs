using UnetSpikes.Core;

namespace UnetSpikes.Recordings;

/// <summary>Samples over time: behaviour, a stimulus, a field potential. Read when asked for.</summary>
public sealed class TimeSeries
{
    private readonly Action<long, long, Span<double>> _readSamples;
    private readonly Action<long, Span<double>>? _readTimes;

    /// <summary>Describes a series.</summary>
    /// <param name="path">The file.</param>
    /// <param name="place">Where in the file.</param>
    /// <param name="samples">Number of samples.</param>
    /// <param name="columns">A name for each column.</param>
    /// <param name="readSamples">Reads first, count and [sample, column].</param>
    /// <param name="readTimes">Reads time stamps in seconds; null where they are regular.</param>
    public TimeSeries(
        string path, string place, long samples, IReadOnlyList<string> columns,
        Action<long, long, Span<double>> readSamples, Action<long, Span<double>>? readTimes)
    {
        (Path, Place, Samples, Columns, _readSamples, _readTimes) = (path, place, samples, columns, readSamples, readTimes);
        Name = place[(place.LastIndexOf('/') + 1)..];
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Where in the file.</summary>
    public string Place { get; }

    /// <summary>Its name; <c>container_series</c> for one inside a container of a module, as nlb_tools has it.</summary>
    public string Name { get; init; }

    /// <summary>Number of samples.</summary>
    public long Samples { get; }

    /// <summary>A name for each column.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The unit of measure, as the file has it; "" when it does not say.</summary>
    public string Unit { get; init; } = "";

    /// <summary>What samples are multiplied by to be in <see cref="Unit"/>.</summary>
    public double Conversion { get; init; } = 1;

    /// <summary>Time of the first sample in seconds, where they are regular.</summary>
    public double StartSeconds { get; init; }

    /// <summary>Samples per second; null where every sample has its own time stamp.</summary>
    public double? RateHz { get; init; }

    /// <summary>Reads samples as stored (not multiplied by <see cref="Conversion"/>).</summary>
    /// <param name="first">From 0.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">Receives [sample, column]; NaN = missing.</param>
    /// <exception cref="DataFormatException">The data is damaged.</exception>
    public void Read(long first, long count, Span<double> destination) => _readSamples(first, count, destination);

    /// <summary>Reads the times of consecutive samples.</summary>
    /// <param name="first">From 0.</param>
    /// <param name="destination">Receives seconds.</param>
    /// <exception cref="DataFormatException">The data is damaged.</exception>
    public void ReadTimes(long first, Span<double> destination)
    {
        if (_readTimes is not null)
        {
            _readTimes(first, destination);
            return;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = StartSeconds + ((first + i) / RateHz!.Value);
        }
    }

    /// <summary>The time of every sample, in seconds.</summary>
    /// <exception cref="DataFormatException">The data is damaged, or there are more than one array holds.</exception>
    public double[] Times()
    {
        if (Samples > Array.MaxLength)
        {
            throw new DataFormatException(Path, Place, $"has {Samples} samples, more than fit one array");
        }

        var times = new double[Samples];
        ReadTimes(0, times);
        return times;
    }
}
