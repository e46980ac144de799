using System.Globalization;

namespace UnetSpikes.Cli;

/// <summary>How far a long run is: a line redrawn in place on a terminal, a plain line now and then in a pipe, nothing when quiet.</summary>
/// <remarks>
/// <c>train  [########------------]  41 %  410/1000  38.2 steps/s  ETA 0:15  R2 0.812</c>. Report as often as you like: drawing is
/// rationed by time. Dispose ends the line, so what is written after it (also after Ctrl-C) starts on its own.
/// </remarks>
public sealed class ProgressLine : IDisposable
{
    private const int BarWidth = 20;
    private const string ToStartOfLine = "\r";
    private const string ClearToEnd = "\u001b[K";

    private static readonly TimeSpan TerminalInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    private readonly TextWriter? _writer;
    private readonly string _activity;
    private readonly string _things;
    private readonly long _total;
    private readonly long _from;
    private readonly bool _isTerminal;
    private readonly Func<int> _width;
    private readonly TimeProvider _clock;
    private readonly long _started;
    private long _lastDrawn;
    private long _done;
    private long _drawnDone = -1;
    private string _note = "";
    private bool _isOpen;

    /// <summary>Starts the clock; draws nothing yet.</summary>
    /// <param name="console">Where messages go; when quiet, nothing is written.</param>
    /// <param name="activity">What is being done: "train".</param>
    /// <param name="total">How many there are to do; 0 when nobody knows (then neither bar nor ETA).</param>
    /// <param name="things">What is counted: "steps", "trials", "files".</param>
    /// <param name="from">How many were done before this run: a resumed one is not credited with them.</param>
    public ProgressLine(ToolConsole console, string activity, long total, string things = "steps", long from = 0)
        : this(console.Quiet ? null : console.Error, console.IsTerminal, WindowWidth, TimeProvider.System, activity, total, things, from)
    {
    }

    internal ProgressLine(TextWriter? writer, bool isTerminal, Func<int> width, TimeProvider clock, string activity, long total, string things, long from = 0)
    {
        _writer = writer;
        _isTerminal = isTerminal;
        _width = width;
        _clock = clock;
        _activity = activity;
        _total = total;
        _from = from;
        _done = from;
        _things = things;
        _started = clock.GetTimestamp();
        _lastDrawn = _started;
    }

    /// <summary>Says how far the run is.</summary>
    /// <param name="done">How many are done by now.</param>
    /// <param name="note">Free text for the line's end, such as the current R²; null keeps the last one.</param>
    public void Report(long done, string? note = null)
    {
        _done = done;
        _note = note ?? _note;
        if (_clock.GetElapsedTime(_lastDrawn) >= (_isTerminal ? TerminalInterval : PlainInterval))
        {
            Draw();
        }
    }

    /// <summary>Writes a message above the line, which is then drawn again: nothing is overwritten.</summary>
    /// <param name="message">One line.</param>
    public void Message(string message)
    {
        if (_writer is null)
        {
            return;
        }

        if (_isOpen)
        {
            _writer.Write(ToStartOfLine + ClearToEnd);
        }

        _writer.WriteLine(message);
        if (_isOpen)
        {
            Draw();
        }
    }

    /// <summary>Draws the last state and ends the line.</summary>
    public void Dispose()
    {
        if (_writer is null)
        {
            return;
        }

        if (_done != _drawnDone && _done > _from)
        {
            Draw();
        }

        if (_isOpen)
        {
            _writer.WriteLine();
            _isOpen = false;
        }
    }

    private static int WindowWidth()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (IOException)
        {
            return 80; // A terminal that does not say how wide it is.
        }
    }

    private static string Duration(double seconds) => seconds switch
    {
        double.NaN or double.PositiveInfinity => "-",
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 60}:{(int)seconds % 60:00}"),
        < 100 * 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 3600}:{(int)seconds / 60 % 60:00}:{(int)seconds % 60:00}"),
        _ => "days",
    };

    private void Draw()
    {
        _lastDrawn = _clock.GetTimestamp();
        _drawnDone = _done;
        if (_isTerminal)
        {
            string line = Line(withBar: true);
            int width = Math.Max(_width() - 1, 20); // One short: a full line would wrap and could not be redrawn.
            _writer?.Write(ToStartOfLine + (line.Length > width ? line[..width] : line) + ClearToEnd);
            _isOpen = true;
        }
        else
        {
            _writer?.WriteLine(Line(withBar: false));
        }

        _writer?.Flush();
    }

    private string Line(bool withBar)
    {
        double seconds = _clock.GetElapsedTime(_started).TotalSeconds;
        double perSecond = seconds > 0 ? (_done - _from) / seconds : double.NaN;
        string speed = string.Create(CultureInfo.InvariantCulture, $"{ResultTable.Cell(perSecond, perSecond < 100 ? 1 : 0)} {_things}/s");
        List<string> parts = [_activity];
        if (_total > 0)
        {
            double share = Math.Clamp((double)_done / _total, 0, 1);
            int filled = (int)(share * BarWidth);
            if (withBar)
            {
                parts.Add($"[{new string('#', filled)}{new string('-', BarWidth - filled)}]");
            }

            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{(int)(share * 100),3} %"));
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{_done}/{_total}"));
            parts.Add(speed);
            parts.Add("ETA " + Duration(Math.Max(0, _total - _done) / perSecond));
        }
        else
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{_done} {_things}"));
            parts.Add(speed);
        }

        parts.Add("in " + Duration(seconds));
        if (_note.Length > 0)
        {
            parts.Add(_note);
        }

        return string.Join("  ", parts);
    }
}
