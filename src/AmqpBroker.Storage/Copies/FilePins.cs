namespace AmqpBroker.Storage;

/// <summary>
/// Which files of a journal must stay as they are while somebody copies them. What removes or reuses files asks here first,
/// and does it under the same lock: a file is held whole, or was gone before. Any thread; held for moments only.
/// </summary>
internal sealed class FilePins
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Segment, int> _segments = [];
    private int _checkpoints;

    /// <summary>Chooses the segments to hold, with the checkpoints, while none is removed.</summary>
    public IReadOnlyList<Segment> Hold(Func<IReadOnlyList<Segment>> choose)
    {
        lock (_gate)
        {
            IReadOnlyList<Segment> chosen = choose();
            _checkpoints++;
            foreach (Segment segment in chosen)
            {
                _segments[segment] = _segments.GetValueOrDefault(segment) + 1;
            }

            return chosen;
        }
    }

    /// <summary>Gives back what <see cref="Hold"/> gave.</summary>
    public void Release(IReadOnlyList<Segment> held)
    {
        lock (_gate)
        {
            _checkpoints--;
            foreach (Segment segment in held)
            {
                if (--_segments[segment] == 0)
                {
                    _segments.Remove(segment);
                }
            }
        }
    }

    /// <summary>Takes a segment out of use, unless it is held. Gives false if it is.</summary>
    public bool TryRetire(Segment segment, SegmentTable table)
    {
        lock (_gate)
        {
            if (_segments.ContainsKey(segment))
            {
                return false;
            }

            table.Remove(segment);
            return true;
        }
    }

    /// <summary>Removes older checkpoints, unless they are held: then the next checkpoint removes them.</summary>
    public void RemoveCheckpoints(Action remove)
    {
        lock (_gate)
        {
            if (_checkpoints == 0)
            {
                remove();
            }
        }
    }
}
