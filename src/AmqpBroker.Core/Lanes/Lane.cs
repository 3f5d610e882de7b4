using System.Diagnostics;

namespace AmqpBroker.Core.Lanes;

/// <summary>
/// Runs the works of one virtual host one at a time, in the order of their posts, on whichever thread brings one while
/// the lane is free. Who holds the lane also runs what others bring meanwhile, within the limits of
/// <see cref="LaneOptions"/>; what is left then is taken up by the next thread that posts or by the pool, whichever
/// comes first (handing the lane to the pool alone would make everybody wait in the pool's queue).
/// Any thread may post. A post from inside the lane waits for its turn like any other.
/// <para>
/// Always holds: at most one thread is between <see cref="ILaneHost.BeginTurn"/> and <see cref="ILaneHost.EndTurn"/>;
/// while works wait, a thread holds the lane or an item is scheduled that will; a work is executed once per post.
/// </para>
/// </summary>
public sealed class Lane
{
    private readonly ILaneHost _host;
    private readonly LaneOptions _options;
    private readonly long _turnTicks;
    private readonly Continuation _continuation;
    private LaneGate _gate;
    private int _scheduled;

    // Waiting works that a holder took and did not get to; belongs to who holds the gate.
    private LaneWork _taken = LaneGate.End;

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
        _gate = new LaneGate(options.Probe);
    }

    /// <summary>
    /// Runs the work at once when the lane is free and nothing waits, then works of others within the limits, flushes,
    /// and returns true; <see cref="LaneWork.Completed"/> is not called. Otherwise returns false: a holder (which may
    /// be this very call) runs the work and calls Completed, possibly before this returns.
    /// </summary>
    /// <exception cref="InvalidOperationException">The work is posted already, or the inbox is full; nothing was done.</exception>
    public bool Post(LaneWork work)
    {
        Claim(work);
        if (_gate.TryEnter())
        {
            if (NothingWaits)
            {
                RunTurn(work, drain: true);
                return true;
            }
            if (!_gate.TryPush(work, _options.InboxLimit))
            {
                LetGo();
                throw Refuse(work);
            }
            RunTurn(null, drain: true);
            return false;
        }
        PushOrThrow(work);
        if (_gate.TryEnter())
        {
            RunTurn(null, drain: true);
        }
        return false;
    }

    /// <summary>
    /// As <see cref="Post"/>, for threads with other duties (disk, timers): runs nothing on the caller but its own work and
    /// its flush, so that a confirm leaves without another thread having to wake; what waits afterwards goes to the pool.
    /// </summary>
    /// <exception cref="InvalidOperationException">The work is posted already, or the inbox is full; nothing was done.</exception>
    public bool PostBrief(LaneWork work)
    {
        Claim(work);
        if (_gate.TryEnter())
        {
            if (NothingWaits)
            {
                RunTurn(work, drain: false);
                return true;
            }
            LetGo();
        }
        PushOrThrow(work);
        if (_gate.IsFree)
        {
            EnsureScheduled();
        }
        return false;
    }

    // Only for who holds the gate.
    private bool NothingWaits => ReferenceEquals(_taken, LaneGate.End) && _gate.IsEmpty;

    private static void Claim(LaneWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (work.Next is not null)
        {
            throw new InvalidOperationException("The work is posted already.");
        }
        work.Next = LaneGate.End;
    }

    private void PushOrThrow(LaneWork work)
    {
        if (!_gate.TryPush(work, _options.InboxLimit))
        {
            throw Refuse(work);
        }
    }

    private InvalidOperationException Refuse(LaneWork work)
    {
        work.Next = null;
        return new InvalidOperationException($"The lane's inbox holds {_options.InboxLimit} works: a poster has more outstanding than it may.");
    }

    // One turn of the thread that holds the gate, which it leaves.
    private void RunTurn(LaneWork? own, bool drain)
    {
        LaneFaults.BeginTurn(_host);
        if (own is not null)
        {
            LaneFaults.Execute(own, _host);
            own.Next = null;
        }
        LaneWork done = drain ? Drain() : LaneGate.End;
        TurnEffects? effects = LaneFaults.EndTurn(_host);
        LetGo();
        while (!ReferenceEquals(done, LaneGate.End))
        {
            LaneWork work = done;
            done = work.Next!;
            work.Next = null;
            LaneFaults.Completed(work, _host);
        }
        if (effects is not null)
        {
            LaneFaults.Flush(effects, _host);
        }
    }

    // Leaves the gate. If works wait, somebody comes for them: who holds the gate by now, or else the scheduled item.
    private void LetGo()
    {
        bool rest = !ReferenceEquals(_taken, LaneGate.End);
        _gate.Leave();
        if ((rest || !_gate.IsEmpty) && _gate.IsFree)
        {
            EnsureScheduled();
        }
    }

    private void EnsureScheduled()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _options.Schedule(_continuation);
        }
    }

    // The pool's try at what was left; whoever holds the gate meanwhile looks at the inbox when leaving.
    private void Continue()
    {
        Interlocked.Exchange(ref _scheduled, 0);
        if (!_gate.TryEnter())
        {
            return;
        }
        if (NothingWaits)
        {
            LetGo();
        }
        else
        {
            RunTurn(null, drain: true);
        }
    }

    // Runs waiting works within the limits; returns those it ran, oldest first, ended by the mark.
    private LaneWork Drain()
    {
        LaneWork first = LaneGate.End;
        LaneWork last = LaneGate.End;
        long start = 0;
        for (int count = 0; count < _options.WorksPerTurn; count++)
        {
            if (ReferenceEquals(_taken, LaneGate.End))
            {
                _taken = _gate.TakeAll();
                if (ReferenceEquals(_taken, LaneGate.End))
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
            work.Next = LaneGate.End;
            LaneFaults.Execute(work, _host);
            if (ReferenceEquals(first, LaneGate.End))
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

    // An object of its own, so that the lane does not offer Execute to everybody.
    private sealed class Continuation(Lane lane) : IThreadPoolWorkItem
    {
        public void Execute() => lane.Continue();
    }
}
