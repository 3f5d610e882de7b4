using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.Backlog;

/// <summary>Entries that are not ready and whose messages are in memory, chained in the order in which they came. Lane only.</summary>
internal sealed class HeldList
{
    private QueueEntry? _last;

    internal QueueEntry? First { get; private set; }

    internal void Add(QueueEntry entry)
    {
        entry.IsHeld = true;
        entry.Previous = _last;
        entry.Next = null;
        if (_last is null)
        {
            First = entry;
        }
        else
        {
            _last.Next = entry;
        }

        _last = entry;
    }

    /// <summary>Takes an entry out, if it is in.</summary>
    internal void Remove(QueueEntry entry)
    {
        if (!entry.IsHeld)
        {
            return;
        }

        entry.IsHeld = false;
        if (entry.Previous is null)
        {
            First = entry.Next;
        }
        else
        {
            entry.Previous.Next = entry.Next;
        }

        if (entry.Next is null)
        {
            _last = entry.Previous;
        }
        else
        {
            entry.Next.Previous = entry.Previous;
        }

        entry.Previous = null;
        entry.Next = null;
    }
}
