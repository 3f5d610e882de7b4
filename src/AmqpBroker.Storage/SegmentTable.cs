namespace AmqpBroker.Storage;

/// <summary>
/// The segments that hold the log, in order. Readers on any thread see a snapshot; the lane adds, the sweep removes.
/// </summary>
internal sealed class SegmentTable
{
    private readonly Lock _gate = new();
    private Segment[] _segments = [];

    public Segment[] Snapshot => Volatile.Read(ref _segments);

    public void Add(Segment segment)
    {
        lock (_gate)
        {
            Volatile.Write(ref _segments, [.. _segments, segment]);
        }
    }

    public void Remove(Segment segment)
    {
        lock (_gate)
        {
            Volatile.Write(ref _segments, [.. _segments.Where(s => !ReferenceEquals(s, segment))]);
        }
    }

    /// <summary>The segment that holds a position, or null when it is below all of them.</summary>
    public Segment? Find(long position)
    {
        Segment[] segments = Snapshot;
        int low = 0, high = segments.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (segments[middle].Start <= position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high < 0 ? null : segments[high];
    }

    /// <summary>
    /// The segments that end at or below a position and hold nothing live, as far as the log up to
    /// <paramref name="durable"/> says. The last one is never among them.
    /// </summary>
    public List<Segment> Unneeded(long below, long durable)
    {
        Segment[] segments = Snapshot;
        List<Segment> unneeded = [];
        for (int i = 0; i + 1 < segments.Length && segments[i + 1].Start <= below; i++)
        {
            if (segments[i].LiveBytes == 0 && segments[i].NeededUntil <= durable)
            {
                unneeded.Add(segments[i]);
            }
        }

        return unneeded;
    }
}
