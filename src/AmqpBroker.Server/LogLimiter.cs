namespace AmqpBroker.Server;

/// <summary>
/// Keeps a flood of connections, or of bad ones, from becoming a flood of log lines: so many a second, and then one line that
/// says how many were left out. Thread-safe.
/// </summary>
internal sealed class LogLimiter(int linesPerSecond = LogLimiter.DefaultLinesPerSecond)
{
    /// <summary>More than anyone reads, little enough to cost nothing.</summary>
    public const int DefaultLinesPerSecond = 100;

    private readonly Lock _gate = new();
    private long _second;
    private int _lines;
    private int _leftOut;

    /// <summary>Whether one more line may be written now.</summary>
    /// <param name="leftOut">How many lines were left out since the last that was written; to be told when not 0.</param>
    public bool MayWrite(out int leftOut)
    {
        long second = Environment.TickCount64 / 1000;
        lock (_gate)
        {
            if (second != _second)
            {
                _second = second;
                _lines = 0;
            }

            if (_lines >= linesPerSecond)
            {
                _leftOut++;
                leftOut = 0;
                return false;
            }

            _lines++;
            leftOut = _leftOut;
            _leftOut = 0;
            return true;
        }
    }
}
