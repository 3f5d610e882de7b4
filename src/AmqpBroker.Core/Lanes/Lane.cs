using System.Diagnostics;

namespace AmqpBroker.Core.Lanes;

/// <summary>
/// Runs the works of one virtual host one at a time, in the order of their posts, on whichever thread brings one while
/// the lane is free. Who holds the lane also runs what others bring meanwhile, within the limits of
/// <see cref="LaneOptions"/>, then hands over to the pool.
/// Any thread may post. A post from inside the lane waits for its turn like any other.
/// <para>
/// Always holds: at most one thread is between <see cref="ILaneHost.BeginTurn"/> and <see cref="ILaneHost.EndTurn"/>;
/// while works wait, exactly one thread or one scheduled item holds the lane; a work is executed once per post.
/// </para>
/// </summary>
public sealed class Lane
{
    private readonly ILaneHost _host;
    private readonly LaneOptions _options;
    private readonly long _turnTicks;
    private readonly Continuation _continuation;
    private LaneGate _gate;

    // Waiting works that a holder took and did not get to; belongs to the holder, passes on with the gate.
    private LaneWork _taken = LaneGate.Held;

    /// <summary>Creates a free lane.</summary>
    /// <param name="host">Begins and ends the turns and hears of faults.</param>
    /// <param name="options">The limits.</param>
    public Lane(ILaneHost host, LaneOptions options)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.InboxLimit, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.WorksPerTurn, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.TurnMicroseconds, nameof(options));
        _host = host;
        _options = options;
        _turnTicks = options.TurnMicroseconds == 0 ? 0 : Math.Max(1, options.TurnMicroseconds * Stopwatch.Frequency / 1_000_000);
        _continuation = new Continuation(this);
    }

    /// <summary>
    /// Runs the work at once when the lane is free, then works of others within the limits, flushes, and returns true;
    /// <see cref="LaneWork.Completed"/> is not called. Otherwise the holder runs it later and calls Completed, possibly
    /// before this returns false.
    /// </summary>
    /// <exception cref="InvalidOperationException">The work is posted already, or the inbox is full; nothing was done.</exception>
    public bool Post(LaneWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!_gate.EnterOrPush(work, _options.InboxLimit))
        {
            return false;
        }
        RunTurn(work, drain: true, flushHere: true);
        return true;
    }

    /// <summary>
    /// As <see cref="Post"/>, for threads with other duties (disk, timers): runs nothing on the caller but its own work;
    /// what waits afterwards and the flush go to the pool.
    /// </summary>
    /// <exception cref="InvalidOperationException">The work is posted already, or the inbox is full; nothing was done.</exception>
    public bool PostBrief(LaneWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!_gate.EnterOrPush(work, _options.InboxLimit))
        {
            return false;
        }
        RunTurn(work, drain: false, flushHere: false);
        return true;
    }

    // One turn of the thread that holds the gate; afterwards the gate is free or passed on.
    private void RunTurn(LaneWork? own, bool drain, bool flushHere)
    {
        LaneFaults.BeginTurn(_host);
        if (own is not null)
        {
            LaneFaults.Execute(own, _host);
            own.Next = null;
        }
        LaneWork done = drain ? Drain() : LaneGate.Held;
        TurnEffects? effects = LaneFaults.EndTurn(_host);
        if (!ReferenceEquals(_taken, LaneGate.Held) || !_gate.TryLeave())
        {
            // The gate stays held and goes with the continuation: from here on this thread is outside.
            _options.Schedule(_continuation);
        }
        while (!ReferenceEquals(done, LaneGate.Held))
        {
            LaneWork work = done;
            done = work.Next!;
            work.Next = null;
            LaneFaults.Completed(work, _host);
        }
        if (effects is null)
        {
            return;
        }
        if (flushHere)
        {
            LaneFaults.Flush(effects, _host);
        }
        else
        {
            effects.Host = _host;
            _options.Schedule(effects);
        }
    }

    // Runs waiting works within the limits; returns those it ran, oldest first, ended by the mark.
    private LaneWork Drain()
    {
        LaneWork first = LaneGate.Held;
        LaneWork last = LaneGate.Held;
        long start = 0;
        for (int count = 0; count < _options.WorksPerTurn; count++)
        {
            if (ReferenceEquals(_taken, LaneGate.Held))
            {
                _taken = _gate.TakeAll();
                if (ReferenceEquals(_taken, LaneGate.Held))
                {
                    break;
                }
            }
            // The clock is read only when there is something to limit: a lane without contention never does.
            if (_turnTicks != 0)
            {
                long now = Stopwatch.GetTimestamp();
                if (count == 0)
                {
                    start = now;
                }
                else if (now - start >= _turnTicks)
                {
                    break;
                }
            }
            LaneWork work = _taken;
            _taken = work.Next!;
            work.Next = LaneGate.Held;
            LaneFaults.Execute(work, _host);
            if (ReferenceEquals(first, LaneGate.Held))
            {
                first = work;
            }
            else
            {
                last.Next = work;
            }
            last = work;
        }
        return first;
    }

    // The holder that the pool provides; an object of its own, so that the lane does not offer Execute to everybody.
    private sealed class Continuation(Lane lane) : IThreadPoolWorkItem
    {
        public void Execute() => lane.RunTurn(null, drain: true, flushHere: true);
    }
}
