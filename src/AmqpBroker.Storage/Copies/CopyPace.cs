using System.Diagnostics;

namespace AmqpBroker.Storage;

/// <summary>Holds a copy back to so many bytes a second: the disk belongs to the commits first. One thread.</summary>
/// <param name="bytesPerSecond">The rate; 0 for none.</param>
public sealed class CopyPace(long bytesPerSecond)
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private double _aheadBytes;
    private double _lastSeconds;

    /// <summary>Counts what was copied, and waits until that was not too fast.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled meanwhile.</exception>
    public void Note(long bytes, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (bytesPerSecond <= 0)
        {
            return;
        }

        // What was not used in a slow moment is not caught up with later: commits would notice.
        double now = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        _aheadBytes = Math.Max(0, _aheadBytes - ((now - _lastSeconds) * bytesPerSecond)) + bytes;
        _lastSeconds = now;
        int waitMs = (int)(_aheadBytes * 1000 / bytesPerSecond);
        if (waitMs > 0 && cancellation.WaitHandle.WaitOne(waitMs))
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }
}
