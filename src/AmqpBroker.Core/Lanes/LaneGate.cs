namespace AmqpBroker.Core.Lanes;

/// <summary>
/// Gate and inbox of a lane in one word, so that there is no moment between "the gate is let go" and "the inbox was
/// empty" in which a wake-up could get lost. The word is null (free), <see cref="Held"/> (held, nothing waits) or the
/// newest waiting work, whose links lead back to the oldest (held, works wait).
/// Any thread may call <see cref="EnterOrPush"/>; only the holder calls the others.
/// </summary>
internal struct LaneGate
{
    private sealed class HeldMark : LaneWork
    {
        public override void Execute() => throw new InvalidOperationException("The mark of a held lane is no work.");
    }

    /// <summary>Stands for "held, nothing waits", and ends the list of waiting works.</summary>
    public static readonly LaneWork Held = new HeldMark();

    private LaneWork? _word;

    /// <summary>Takes the gate when it is free (true), otherwise adds the work to the inbox (false).</summary>
    /// <exception cref="InvalidOperationException">The work is posted already, or the inbox is full; nothing was done.</exception>
    public bool EnterOrPush(LaneWork work, int inboxLimit)
    {
        if (work.Next is not null)
        {
            throw new InvalidOperationException("The work is posted already.");
        }
        work.Next = Held;
        LaneWork? seen = Volatile.Read(ref _word);
        while (true)
        {
            LaneWork? found;
            if (seen is null)
            {
                found = Interlocked.CompareExchange(ref _word, Held, null);
                if (found is null)
                {
                    return true;
                }
            }
            else
            {
                // Read of Depth: "seen" may have been taken and even reused meanwhile; then the exchange fails or the
                // depth is off by what the holder just took, which only an inbox at its limit would notice.
                int depth = seen.Depth + 1;
                if (depth > inboxLimit)
                {
                    work.Next = null;
                    throw new InvalidOperationException($"The lane's inbox holds {inboxLimit} works: a poster has more outstanding than it may.");
                }
                work.Next = seen;
                work.Depth = depth;
                found = Interlocked.CompareExchange(ref _word, work, seen);
                if (ReferenceEquals(found, seen))
                {
                    return false;
                }
            }
            seen = found;
        }
    }

    /// <summary>Takes all waiting works, oldest first, linked by Next and ended by <see cref="Held"/>; the gate stays held.</summary>
    public LaneWork TakeAll()
    {
        if (ReferenceEquals(Volatile.Read(ref _word), Held))
        {
            return Held;
        }
        LaneWork newest = Interlocked.Exchange(ref _word, Held)!;
        LaneWork oldest = Held;
        while (!ReferenceEquals(newest, Held))
        {
            LaneWork next = newest.Next!;
            newest.Next = oldest;
            oldest = newest;
            newest = next;
        }
        return oldest;
    }

    /// <summary>Lets the gate go unless works wait; false means that the caller still holds it.</summary>
    public bool TryLeave() => ReferenceEquals(Interlocked.CompareExchange(ref _word, null, Held), Held);
}
