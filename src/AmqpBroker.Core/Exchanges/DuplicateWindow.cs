namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// The keys that a deduplication exchange has seen, in the order in which they came, each with the time until which it counts.
/// At most so many as its capacity: then the oldest leaves for a new one. Every key that comes has a number, the ordinal, by which
/// the journal and its images know it. Nothing here reads a clock. Lane only.
/// </summary>
internal sealed class DuplicateWindow(int capacity)
{
    /// <summary>For ever, until the window is full.</summary>
    internal const long Never = long.MaxValue;

    private const int FirstLength = 16;

    private readonly Dictionary<UInt128, long> _ordinals = [];
    private Entry[] _ring = new Entry[FirstLength];

    /// <summary>A key that came.</summary>
    internal readonly record struct Entry(UInt128 Key, long DeadlineMs);

    /// <summary>How many keys there are, some of which may be over.</summary>
    public int Count => _ordinals.Count;

    /// <summary>The ordinal of the oldest place that is kept.</summary>
    public long FirstOrdinal { get; private set; }

    /// <summary>The ordinal of the key that comes next.</summary>
    public long NextOrdinal { get; private set; }

    /// <summary>When the last key came, in milliseconds of the wall clock: who is over by then may have left.</summary>
    public long LastMs { get; private set; }

    /// <summary>Whether a message with this key is a duplicate now.</summary>
    public bool Contains(UInt128 key, long nowMs) =>
        _ordinals.TryGetValue(key, out long ordinal) && Slot(ordinal).DeadlineMs > nowMs;

    /// <summary>Takes a key in that it does not contain. Gives its ordinal.</summary>
    public long Add(UInt128 key, long deadlineMs, long nowMs)
    {
        LastMs = Math.Max(LastMs, nowMs);
        while (FirstOrdinal < NextOrdinal && (!IsCurrent(FirstOrdinal) || Slot(FirstOrdinal).DeadlineMs <= nowMs))
        {
            DropFirst();
        }

        // A key that is over and comes again leaves its old place behind: places are limited to twice the keys.
        _ordinals.Remove(key);
        while (_ordinals.Count >= capacity || NextOrdinal - FirstOrdinal >= 2L * capacity)
        {
            DropFirst();
        }

        return Place(key, deadlineMs);
    }

    /// <summary>The key at a place, if it is still there.</summary>
    public bool TryGet(long ordinal, out Entry entry)
    {
        bool there = ordinal >= FirstOrdinal && ordinal < NextOrdinal && IsCurrent(ordinal);
        entry = there ? Slot(ordinal) : default;
        return there;
    }

    /// <summary>While replaying a record: what came as it came; what is known already is skipped.</summary>
    public void Replay(long ordinal, Entry entry, long nowMs)
    {
        if (ordinal >= NextOrdinal)
        {
            SkipTo(ordinal);
            Add(entry.Key, entry.DeadlineMs, nowMs);
        }
    }

    /// <summary>While replaying an image: what was there. There may be more than the capacity until <see cref="Trim"/>.</summary>
    public void Restore(long ordinal, Entry entry)
    {
        if (ordinal >= NextOrdinal)
        {
            SkipTo(ordinal);
            Place(entry.Key, entry.DeadlineMs);
        }
    }

    /// <summary>While replaying an image: nothing else came before this ordinal, and this was the time of the last that came.</summary>
    public void RestoreEnd(long ordinal, long lastMs)
    {
        SkipTo(ordinal);
        LastMs = Math.Max(LastMs, lastMs);
    }

    /// <summary>All is replayed: what left while the images were written leaves.</summary>
    public void Trim()
    {
        while (_ordinals.Count > capacity || (FirstOrdinal < NextOrdinal && !IsCurrent(FirstOrdinal)))
        {
            DropFirst();
        }
    }

    /// <summary>The places up to here, if they are not taken yet, stay empty.</summary>
    private void SkipTo(long ordinal)
    {
        if (ordinal - NextOrdinal >= 2L * capacity)
        {
            // What came between would have driven everything out.
            _ordinals.Clear();
        }

        if (_ordinals.Count == 0)
        {
            NextOrdinal = Math.Max(NextOrdinal, ordinal);
            FirstOrdinal = NextOrdinal;
            return;
        }

        while (NextOrdinal < ordinal)
        {
            Grow();
            Slot(NextOrdinal++) = default;
        }
    }

    private long Place(UInt128 key, long deadlineMs)
    {
        Grow();
        Slot(NextOrdinal) = new Entry(key, deadlineMs);
        _ordinals[key] = NextOrdinal;
        return NextOrdinal++;
    }

    private void DropFirst()
    {
        if (IsCurrent(FirstOrdinal))
        {
            _ordinals.Remove(Slot(FirstOrdinal).Key);
        }

        FirstOrdinal++;
    }

    /// <summary>The key of the place is not that of a later one, and the place is not empty.</summary>
    private bool IsCurrent(long ordinal) =>
        _ordinals.TryGetValue(Slot(ordinal).Key, out long current) && current == ordinal;

    private ref Entry Slot(long ordinal) => ref _ring[ordinal & (_ring.Length - 1)];

    private void Grow()
    {
        if (NextOrdinal - FirstOrdinal < _ring.Length)
        {
            return;
        }

        var ring = new Entry[_ring.Length * 2];
        for (long ordinal = FirstOrdinal; ordinal < NextOrdinal; ordinal++)
        {
            ring[ordinal & (ring.Length - 1)] = Slot(ordinal);
        }

        _ring = ring;
    }
}
