using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.Sessions;

/// <summary>
/// What a channel was given and has not settled, in order of the delivery tags. Tags rise, so an entry is found by its place
/// or by bisection; settled entries leave a gap that goes when it reaches the front or when gaps prevail. Lane only.
/// </summary>
internal sealed class Unacked
{
    private Item[] _items = new Item[8];
    private int _first;
    private int _end;

    /// <param name="Tag">The delivery tag.</param>
    /// <param name="Entry">What was delivered; null in a gap.</param>
    /// <param name="Consumer">Who got it; null for basic.get.</param>
    /// <param name="SettleByMs">When it goes back if it is not settled, in milliseconds of the wall clock, or <see cref="QueueEntry.Never"/>.</param>
    internal readonly record struct Item(ulong Tag, QueueEntry? Entry, Consumer? Consumer, long SettleByMs);

    internal int Count { get; private set; }

    internal void Add(ulong tag, QueueEntry entry, Consumer? consumer, long settleByMs)
    {
        if (_end == _items.Length)
        {
            MakeRoom();
        }

        _items[_end++] = new Item(tag, entry, consumer, settleByMs);
        Count++;
    }

    /// <summary>Puts back what <see cref="TryTake"/> or <see cref="TryTakeFirst"/> took.</summary>
    internal void Restore(List<Item> taken)
    {
        var all = new List<Item>(Count + taken.Count);
        for (int i = _first; i < _end; i++)
        {
            if (_items[i].Entry is not null)
            {
                all.Add(_items[i]);
            }
        }

        all.AddRange(taken);
        all.Sort(static (a, b) => a.Tag.CompareTo(b.Tag));
        _items = new Item[Math.Max(8, all.Count * 2)];
        all.CopyTo(_items);
        _first = 0;
        _end = Count = all.Count;
    }

    /// <summary>The deliveries behind this tag, oldest first, with gaps between them. Valid until the next change.</summary>
    internal ReadOnlySpan<Item> After(ulong tag)
    {
        int at = _first == _end || tag < _items[_first].Tag ? _first : LastUpTo(tag) + 1;
        return _items.AsSpan(at, _end - at);
    }

    internal bool TryTake(ulong tag, out Item item)
    {
        int at = Find(tag);
        if (at < 0)
        {
            item = default;
            return false;
        }

        item = _items[at];
        _items[at] = item with { Entry = null, Consumer = null };
        Count--;
        SkipGaps();
        return true;
    }

    /// <summary>A delivery of this tag waits for its settlement.</summary>
    internal bool Contains(ulong tag) => Find(tag) >= 0;

    /// <summary>The oldest delivery up to and including this tag.</summary>
    internal bool TryTakeFirst(ulong upToTag, out Item item)
    {
        if (Count == 0 || _items[_first].Tag > upToTag)
        {
            item = default;
            return false;
        }

        item = _items[_first];
        _items[_first++] = default;
        Count--;
        SkipGaps();
        return true;
    }

    /// <summary>
    /// The newest delivery up to and including this tag: requeueing goes from the newest to the oldest. Who takes many asks
    /// each time for the tag before the one it got, so that the gaps it leaves are not gone through again.
    /// </summary>
    internal bool TryTakeLast(ulong upToTag, out Item item)
    {
        if (Count > 0)
        {
            int at = upToTag >= _items[_end - 1].Tag ? _end - 1 : LastUpTo(upToTag);
            while (at >= _first && _items[at].Entry is null)
            {
                at--;
            }

            if (at >= _first)
            {
                item = _items[at];
                _items[at] = item with { Entry = null, Consumer = null };
                Count--;
                if (at == _end - 1)
                {
                    _end--;
                }

                SkipGaps();
                return true;
            }
        }

        item = default;
        return false;
    }

    private int Find(ulong tag)
    {
        if (Count == 0 || tag < _items[_first].Tag)
        {
            return -1;
        }

        ulong offset = tag - _items[_first].Tag;
        int at = offset < (ulong)(_end - _first) && _items[_first + (int)offset].Tag == tag
            ? _first + (int)offset
            : LastUpTo(tag);
        return _items[at].Tag == tag && _items[at].Entry is not null ? at : -1;
    }

    /// <summary>The place of the last item whose tag is not above this one; the first item's is not.</summary>
    private int LastUpTo(ulong tag)
    {
        int low = _first - 1;
        int high = _end - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >> 1;
            if (_items[middle].Tag <= tag)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    private void SkipGaps()
    {
        while (_first < _end && _items[_first].Entry is null)
        {
            _items[_first++] = default;
        }

        if (_first == _end)
        {
            _first = 0;
            _end = 0;
        }
    }

    private void MakeRoom()
    {
        // Gaps in front or between: pack. Only a list that is really full grows.
        Item[] target = Count > _items.Length / 2 ? new Item[_items.Length * 2] : _items;
        int to = 0;
        for (int i = _first; i < _end; i++)
        {
            if (_items[i].Entry is not null)
            {
                target[to++] = _items[i];
            }
        }

        if (ReferenceEquals(target, _items))
        {
            Array.Clear(_items, to, _items.Length - to);
        }

        _items = target;
        _first = 0;
        _end = to;
    }
}
