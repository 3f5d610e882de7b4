using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Server.Alarms;

/// <summary>
/// Knows whether memory or disk space is short, by measuring them on a period. While something is short connections are not
/// read from their next publish on. Any thread reads <see cref="Active"/> and sets limits; a look is taken by one at a time.
/// </summary>
public sealed class ResourceAlarms : IDisposable
{
    /// <summary>
    /// From one look to the next: short, as a fast publisher brings some hundred megabytes a second, and long enough to cost
    /// a ten-thousandth of a core.
    /// </summary>
    public const int PeriodMs = 250;

    /// <summary>
    /// Freed memory goes back to the system only when it is asked for, and without publishers nobody else asks: at most this
    /// often, and at most for a twentieth of the time, since everything stands still meanwhile.
    /// </summary>
    private const int FreeMemoryGapMs = 10_000;

    private const int FreeMemoryShare = 20;

    private readonly IResourceGauge _gauge;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _looking = new();
    private readonly Lock _changing = new();
    private readonly ITimer _timer;
    private volatile Shortages _active;
    private volatile TaskCompletionSource? _nextChange;
    private volatile AlarmReport _report;
    private MemoryLimit _memoryLimit;
    private long _diskFreeLimit;
    private long _mayFreeMemoryMs;
    private bool _disposed;

    /// <summary>Looks once; goes on looking from <see cref="Start"/> on.</summary>
    public ResourceAlarms(IResourceGauge gauge, MemoryLimit memoryLimit, long diskFreeLimit, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(gauge);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        _gauge = gauge;
        _memoryLimit = memoryLimit;
        _diskFreeLimit = diskFreeLimit;
        _time = time;
        _logger = logger;
        _report = new AlarmReport(Shortages.None, 0, 0, null, diskFreeLimit);
        _timer = time.CreateTimer(static alarms => ((ResourceAlarms)alarms!).LookUnlessLooking(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Look();
    }

    /// <summary>What is short now. Reading it costs what reading a field costs: every content looks.</summary>
    internal Shortages Active => _active;

    /// <summary>What the last look saw.</summary>
    public AlarmReport Report => _report;

    /// <summary>Looks every <see cref="PeriodMs"/> until disposed.</summary>
    public void Start() => _timer.Change(TimeSpan.FromMilliseconds(PeriodMs), TimeSpan.FromMilliseconds(PeriodMs));

    /// <summary>Sets the memory limit and looks at once.</summary>
    public void SetMemoryLimit(MemoryLimit limit)
    {
        lock (_looking)
        {
            _memoryLimit = limit;
            Look();
        }
    }

    /// <summary>Sets the space that must be free on the disk, in bytes, and looks at once.</summary>
    public void SetDiskFreeLimit(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_looking)
        {
            _diskFreeLimit = bytes;
            Look();
        }
    }

    /// <summary>Measures, and raises and clears what has changed.</summary>
    public void Look()
    {
        lock (_looking)
        {
            if (_disposed)
            {
                return;
            }

            long memoryLimit = _memoryLimit.Of(_gauge.MemoryTotal);
            long memoryUsed = MeasureMemory(memoryLimit);
            long? diskFree = _gauge.DiskFree;
            Shortages active = memoryUsed > memoryLimit ? Shortages.Memory : Shortages.None;
            if (diskFree < _diskFreeLimit || _gauge.StoreIsFull)
            {
                active |= Shortages.Disk;
                _gauge.FreeDisk();
            }

            var report = new AlarmReport(active, memoryUsed, memoryLimit, diskFree, _diskFreeLimit);
            _report = report;
            if (active != _active)
            {
                Tell(_active, report);
                Change(active);
            }
        }
    }

    /// <summary>Completes when <see cref="Active"/> changes. Take it before looking at what it is the change of.</summary>
    internal Task NextChange()
    {
        lock (_changing)
        {
            return (_nextChange ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_looking)
        {
            _disposed = true;
        }

        _timer.Dispose();
    }

    private long MeasureMemory(long limit)
    {
        long used = _gauge.MemoryUsed;
        long nowMs = _time.GetTimestamp() / (_time.TimestampFrequency / 1000);
        if (used <= limit || nowMs < _mayFreeMemoryMs)
        {
            return used;
        }

        // Part of it may be garbage that nobody collects, because nobody needs memory.
        long begin = Stopwatch.GetTimestamp();
        _gauge.FreeMemory();
        long tookMs = (long)Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        _mayFreeMemoryMs = nowMs + tookMs + Math.Max(FreeMemoryGapMs, tookMs * FreeMemoryShare);
        return _gauge.MemoryUsed;
    }

    private void Change(Shortages active)
    {
        TaskCompletionSource? change;
        lock (_changing)
        {
            _active = active;
            change = _nextChange;
            _nextChange = null;
        }

        change?.SetResult();
    }

    private void Tell(Shortages before, AlarmReport report)
    {
        if (report.Memory && !before.HasFlag(Shortages.Memory))
        {
            ServerLog.MemoryShort(_logger, report.MemoryUsed, report.MemoryLimit);
        }
        else if (!report.Memory && before.HasFlag(Shortages.Memory))
        {
            ServerLog.MemoryClear(_logger, report.MemoryUsed, report.MemoryLimit);
        }

        if (report.Disk && !before.HasFlag(Shortages.Disk))
        {
            ServerLog.DiskShort(_logger, report.DiskFree, report.DiskFreeLimit);
        }
        else if (!report.Disk && before.HasFlag(Shortages.Disk))
        {
            ServerLog.DiskClear(_logger, report.DiskFree, report.DiskFreeLimit);
        }
    }

    /// <summary>A look that takes long, for a disk that does not answer, is not waited for by the next.</summary>
    private void LookUnlessLooking()
    {
        if (!_looking.TryEnter())
        {
            return;
        }

        try
        {
            Look();
        }
        finally
        {
            _looking.Exit();
        }
    }
}
