using System.Diagnostics;

namespace AmqpBroker.Storage;

/// <summary>Work that runs on a disk thread, never twice at a time.</summary>
internal interface IDiskWork
{
    /// <summary>Does what there is to do; must not throw. Gives the milliseconds after which it wants to run again unasked, or -1.</summary>
    int Run();
}

/// <summary>A piece of work and whether it is wanted. Any thread.</summary>
internal sealed class DiskTask(DiskThread thread, IDiskWork work) : IDisposable
{
    public IDiskWork Work => work;

    /// <summary>Guarded by the thread's gate, as is all below.</summary>
    public bool Queued { get; set; }

    public bool Running { get; set; }

    public bool Removed { get; set; }

    public long DueAtMs { get; set; } = long.MaxValue;

    /// <summary>Has the work run soon.</summary>
    public void Signal() => thread.Signal(this);

    /// <summary>Ends it; returns when it is not running any more.</summary>
    public void Dispose() => thread.Remove(this);
}

/// <summary>A thread that runs the tasks that are signalled or due, one after the other.</summary>
internal sealed class DiskThread(string name)
{
    private readonly object _gate = new();
    private readonly Queue<DiskTask> _ready = new();
    private readonly List<DiskTask> _timed = [];
    private Thread? _thread;
    private bool _waiting;

    public void Signal(DiskTask task)
    {
        lock (_gate)
        {
            if (task.Queued || task.Removed)
            {
                return;
            }

            task.Queued = true;
            _ready.Enqueue(task);
            if (_thread is null)
            {
                _thread = new Thread(Loop) { IsBackground = true, Name = name };
                _thread.Start();
            }
            else if (_waiting)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    public void Remove(DiskTask task)
    {
        lock (_gate)
        {
            task.Removed = true;
            _timed.Remove(task);
            while (task.Running && Thread.CurrentThread != _thread)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    private static long NowMs => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    private void Loop()
    {
        while (true)
        {
            DiskTask task = Next();
            int againMs = task.Work.Run();
            lock (_gate)
            {
                task.Running = false;
                if (againMs >= 0 && !task.Removed)
                {
                    task.DueAtMs = NowMs + againMs;
                    if (!_timed.Contains(task))
                    {
                        _timed.Add(task);
                    }
                }

                if (task.Removed)
                {
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }

    private DiskTask Next()
    {
        lock (_gate)
        {
            while (true)
            {
                int waitMs = QueueDue();
                if (_ready.TryDequeue(out DiskTask? task))
                {
                    task.Queued = false;
                    if (!task.Removed)
                    {
                        task.Running = true;
                        return task;
                    }

                    continue;
                }

                _waiting = true;
                Monitor.Wait(_gate, waitMs);
                _waiting = false;
            }
        }
    }

    /// <summary>Queues what is due; gives how long to wait for the next, or -1.</summary>
    private int QueueDue()
    {
        if (_timed.Count == 0)
        {
            return -1;
        }

        long now = NowMs;
        long next = long.MaxValue;
        for (int i = _timed.Count - 1; i >= 0; i--)
        {
            DiskTask task = _timed[i];
            if (task.DueAtMs > now)
            {
                next = Math.Min(next, task.DueAtMs);
                continue;
            }

            _timed.RemoveAt(i);
            if (!task.Queued)
            {
                task.Queued = true;
                _ready.Enqueue(task);
            }
        }

        return next == long.MaxValue ? -1 : (int)Math.Min(next - now, int.MaxValue);
    }
}
