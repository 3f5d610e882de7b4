namespace AmqpBroker.Core.Queues;

/// <summary>
/// The ready entries of one priority level in order of their sequence. New ones join at the end and returned ones mostly
/// before the head, both at once; a return between other returns waits in a heap beside the chain, so that any order of
/// requeueing stays cheap. Lane only.
/// </summary>
internal sealed class ReadyList
{
    private IndexedHeap<QueueEntry>? _oddReturns;
    private QueueEntry? _head;
    private QueueEntry? _tail;

    internal int Count { get; private set; }

    internal void Append(QueueEntry entry)
    {
        entry.Previous = _tail;
        entry.Next = null;
        if (_tail is null)
        {
            _head = entry;
        }
        else
        {
            _tail.Next = entry;
        }

        _tail = entry;
        Count++;
    }

    /// <summary>Puts a returned entry back to where it was.</summary>
    internal void Return(QueueEntry entry)
    {
        if (Count == 0)
        {
            Append(entry);
        }
        else if (_head is not null && entry.Sequence < _head.Sequence)
        {
            entry.Previous = null;
            entry.Next = _head;
            _head.Previous = entry;
            _head = entry;
            Count++;
        }
        else
        {
            _oddReturns ??= new IndexedHeap<QueueEntry>();
            _oddReturns.Set(entry, entry.Sequence);
            Count++;
        }
    }

    /// <summary>The first entry in order, or null.</summary>
    internal QueueEntry? Peek()
    {
        if (_oddReturns?.First is not { } odd)
        {
            return _head;
        }

        return _head is null || odd.Sequence < _head.Sequence ? odd : _head;
    }

    /// <summary>Takes an entry out, wherever it stands.</summary>
    internal void Remove(QueueEntry entry)
    {
        Count--;
        if (entry.HeapPlace != 0)
        {
            _oddReturns!.Remove(entry);
            return;
        }

        if (entry.Previous is null)
        {
            _head = entry.Next;
        }
        else
        {
            entry.Previous.Next = entry.Next;
        }

        if (entry.Next is null)
        {
            _tail = entry.Previous;
        }
        else
        {
            entry.Next.Previous = entry.Previous;
        }

        entry.Previous = null;
        entry.Next = null;
    }
}
