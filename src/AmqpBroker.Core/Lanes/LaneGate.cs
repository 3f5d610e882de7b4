namespace AmqpBroker.Core.Lanes;

/// <summary>
/// Gate and inbox of a lane. Two rules keep a wake-up from being lost: who pushes tries the gate afterwards, and who
/// leaves looks at the inbox afterwards; both steps are full fences, so at least one of the two sees the other.
/// Any thread may call <see cref="TryEnter"/> and <see cref="TryPush"/>; only who entered calls <see cref="TakeAll"/>
/// and <see cref="Leave"/>. Works may wait while the gate is free: then somebody has been scheduled to come.
/// </summary>
internal struct LaneGate(Action? probe)
{
    private sealed class EndMark : LaneWork
    {
        public override void Execute() => throw new InvalidOperationException("The end of a list is no work.");
    }

    /// <summary>Ends every list of works, so that the link of a posted work is never null.</summary>
    public static readonly LaneWork End = new EndMark();

    private int _held;
    private LaneWork _newest = End;

    public readonly bool IsFree => Volatile.Read(in _held) == 0;

    public readonly bool IsEmpty => ReferenceEquals(Volatile.Read(in _newest), End);

    public bool TryEnter()
    {
        probe?.Invoke();
        return Volatile.Read(ref _held) == 0 && Interlocked.CompareExchange(ref _held, 1, 0) == 0;
    }

    public void Leave()
    {
        probe?.Invoke();
        Interlocked.Exchange(ref _held, 0);
        probe?.Invoke();
    }

    /// <summary>Adds the work to the inbox; false when it is full.</summary>
    public bool TryPush(LaneWork work, int inboxLimit)
    {
        probe?.Invoke();
        LaneWork seen = Volatile.Read(ref _newest);
        while (true)
        {
            // "seen" may have been taken and posted anew meanwhile: then the exchange fails, or it is the newest again,
            // and its link is right either way. Its depth may be stale, which only an inbox at its limit would notice.
            int depth = seen.Depth + 1;
            if (depth > inboxLimit)
            {
                return false;
            }
            work.Next = seen;
            work.Depth = depth;
            LaneWork found = Interlocked.CompareExchange(ref _newest, work, seen);
            if (ReferenceEquals(found, seen))
            {
                return true;
            }
            seen = found;
        }
    }

    /// <summary>Takes all waiting works, oldest first, linked by Next and ended by <see cref="End"/>.</summary>
    public LaneWork TakeAll()
    {
        if (IsEmpty)
        {
            return End;
        }
        LaneWork newest = Interlocked.Exchange(ref _newest, End);
        LaneWork oldest = End;
        while (!ReferenceEquals(newest, End))
        {
            LaneWork next = newest.Next!;
            newest.Next = oldest;
            oldest = newest;
            newest = next;
        }
        return oldest;
    }
}
