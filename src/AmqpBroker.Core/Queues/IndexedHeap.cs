namespace AmqpBroker.Core.Queues;

/// <summary>
/// Items in order of a number, the smallest first. Each item knows its place, so that it can be moved or taken out from
/// anywhere in a time that grows with the logarithm of their count, and nothing stale stays behind. Lane only.
/// </summary>
internal sealed class IndexedHeap<T>
    where T : class, IHeapItem
{
    // From 1 on, so that the parent of a place is half of it.
    private (long Key, T Item)[] _items = new (long, T)[4];

    internal int Count { get; private set; }

    /// <summary>All items with their numbers, in no order. Valid until the next change.</summary>
    internal ReadOnlySpan<(long Key, T Item)> Items => _items.AsSpan(1, Count);

    /// <summary>The item with the smallest number; null when there is none.</summary>
    internal T? First => Count == 0 ? null : _items[1].Item;

    /// <summary>The smallest number; the largest there is when there is no item.</summary>
    internal long FirstKey => Count == 0 ? long.MaxValue : _items[1].Key;

    /// <summary>Puts the item in, or moves it if it is in already.</summary>
    internal void Set(T item, long key)
    {
        int place = item.HeapPlace;
        if (place == 0)
        {
            if (++Count == _items.Length)
            {
                Array.Resize(ref _items, Count * 2);
            }

            place = Count;
        }

        Settle(place, item, key);
    }

    /// <summary>Takes the item out; one that is not in is none of our business.</summary>
    internal void Remove(T item)
    {
        int place = item.HeapPlace;
        if (place == 0)
        {
            return;
        }

        item.HeapPlace = 0;
        (long lastKey, T last) = _items[Count];
        _items[Count--] = default;
        if (!ReferenceEquals(last, item))
        {
            Settle(place, last, lastKey);
        }
    }

    /// <summary>Finds the place for an item, beginning at one that is free or its own.</summary>
    private void Settle(int place, T item, long key)
    {
        while (place > 1 && _items[place / 2].Key > key)
        {
            Put(place, _items[place / 2]);
            place /= 2;
        }

        while (place * 2 <= Count)
        {
            int child = place * 2;
            if (child < Count && _items[child + 1].Key < _items[child].Key)
            {
                child++;
            }

            if (_items[child].Key >= key)
            {
                break;
            }

            Put(place, _items[child]);
            place = child;
        }

        Put(place, (key, item));
    }

    private void Put(int place, (long Key, T Item) item)
    {
        _items[place] = item;
        item.Item.HeapPlace = place;
    }
}
