namespace PushGateway.Server.Cli.Output;

/// <summary>Progress as lines for a log: one at the beginning, one for each tenth of the way, and one whenever ten seconds have passed without.</summary>
internal sealed class PlainProgressLines(TextWriter output, TimeProvider time, string title) : IProgressLine
{
    private const int Steps = 10;
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long _writtenAt = time.GetTimestamp();
    private int _step = -1;
    private string? _unwritten;

    public void Report(double? fraction, string detail)
    {
        var line = fraction is { } known ? $"{title}: {Math.Floor(known * 100)} %, {detail}" : $"{title}: {detail}";
        lock (_lock)
        {
            var step = (int)((fraction ?? 0) * Steps);
            if (step <= _step && time.GetElapsedTime(_writtenAt) < s_longestSilence)
            {
                _unwritten = line;
                return;
            }

            (_step, _writtenAt, _unwritten) = (Math.Max(step, _step), time.GetTimestamp(), null);
            output.WriteLine(line);
        }
    }

    /// <summary>Writes the last state, if it has not been written.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            if (_unwritten is not null)
            {
                output.WriteLine(_unwritten);
                _unwritten = null;
            }
        }
    }
}
