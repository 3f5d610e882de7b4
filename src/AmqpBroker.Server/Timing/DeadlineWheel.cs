namespace AmqpBroker.Server.Timing;

/// <summary>
/// One timer for the time limits of all connections: handshakes, heartbeats, closes. A tick touches only what is due, so ten
/// thousand idle connections cost next to nothing. Coarse: a deadline is noticed up to one tick late.
/// Any thread may schedule; <see cref="WheelEntry.OnDue"/> runs on the timer's thread, outside the wheel's lock.
/// </summary>
internal sealed class DeadlineWheel : IDisposable
{
    /// <summary>The tick: an eighth of the shortest heartbeat's half, coarse enough to cost nothing.</summary>
    public const int TickMs = 125;

    /// <summary>Slots of one turn of the wheel: 64 s, so that the usual heartbeats are scheduled once per deadline.</summary>
    private const int Slots = 512;

    private readonly Lock _gate = new();
    private readonly WheelEntry?[] _slots = new WheelEntry?[Slots];
    private readonly Func<long> _clock;
    private readonly Timer? _timer;
    private long _tick;
    private long _nowMs;
    private int _running;

    /// <summary>A wheel on the system's clock; with <paramref name="clock"/>, one that a test moves with <see cref="Advance"/>.</summary>
    public DeadlineWheel(Func<long>? clock = null)
    {
        _clock = clock ?? (static () => Environment.TickCount64);
        _nowMs = _clock();
        _tick = _nowMs / TickMs;
        if (clock is null)
        {
            _timer = new Timer(static wheel => ((DeadlineWheel)wheel!).Advance(), this, TickMs, TickMs);
        }
    }

    /// <summary>The time in milliseconds, as of the last tick.</summary>
    public long NowMs => Volatile.Read(ref _nowMs);

    /// <summary>Puts the entry at <paramref name="dueMs"/>, wherever it was before. A time in the past is due at the next tick.</summary>
    public void Schedule(WheelEntry entry, long dueMs)
    {
        lock (_gate)
        {
            Remove(entry);
            entry.DueMs = dueMs;
            Insert(entry);
        }
    }

    /// <summary>Takes the entry out; <see cref="WheelEntry.OnDue"/> may be running for the last time.</summary>
    public void Cancel(WheelEntry entry)
    {
        lock (_gate)
        {
            Remove(entry);
        }
    }

    /// <summary>Runs what is due by now. Called by the timer; by tests with a clock of their own.</summary>
    public void Advance()
    {
        // A tick that finds the previous one still at work leaves it the time that has passed.
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            return;
        }

        try
        {
            long now = _clock();
            Volatile.Write(ref _nowMs, now);
            WheelEntry? due = TakeDue(now);
            while (due is not null)
            {
                WheelEntry entry = due;
                due = entry.DueNext;
                entry.DueNext = null;
                entry.OnDue(now);
            }
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private WheelEntry? TakeDue(long now)
    {
        WheelEntry? due = null;
        lock (_gate)
        {
            long nowTick = now / TickMs;
            long steps = Math.Min(nowTick - _tick, Slots);
            for (long i = 0; i < steps; i++)
            {
                _tick++;
                WheelEntry? entry = _slots[Slot(_tick)];
                while (entry is not null)
                {
                    WheelEntry? next = entry.Next;
                    if (entry.DueMs <= now)
                    {
                        Remove(entry);
                        entry.DueNext = due;
                        due = entry;
                    }

                    entry = next;
                }
            }

            _tick = nowTick;
        }

        return due;
    }

    private static int Slot(long tick) => (int)(tick & (Slots - 1));

    private void Insert(WheelEntry entry)
    {
        long tick = Math.Max((entry.DueMs + TickMs - 1) / TickMs, _tick + 1);
        // Beyond one turn an entry stays in its slot for as many turns as it takes: it is looked at once a minute.
        int slot = Slot(tick);
        entry.SlotIndex = slot;
        entry.Previous = null;
        entry.Next = _slots[slot];
        if (entry.Next is not null)
        {
            entry.Next.Previous = entry;
        }

        _slots[slot] = entry;
    }

    private void Remove(WheelEntry entry)
    {
        if (entry.SlotIndex < 0)
        {
            return;
        }

        if (entry.Previous is null)
        {
            _slots[entry.SlotIndex] = entry.Next;
        }
        else
        {
            entry.Previous.Next = entry.Next;
        }

        if (entry.Next is not null)
        {
            entry.Next.Previous = entry.Previous;
        }

        entry.Next = null;
        entry.Previous = null;
        entry.SlotIndex = -1;
    }
}
