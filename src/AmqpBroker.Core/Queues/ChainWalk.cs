namespace AmqpBroker.Core.Queues;

/// <summary>
/// A place in the chain of a queue's entries in memory that stays right while entries come and go, so that a walk over many can
/// go on in a later turn of the lane. What joins the chain meanwhile joins at its end, and is met too. Lane only.
/// </summary>
internal sealed class ChainWalk
{
    /// <summary>The entry that is next; null at the end.</summary>
    internal QueueEntry? Next { get; private set; }

    internal void Begin(QueueEntry? first) => Next = first;

    /// <summary>Takes the next entry and goes one further; null at the end.</summary>
    internal QueueEntry? Take()
    {
        QueueEntry? entry = Next;
        Next = entry?.Newer;
        return entry;
    }

    /// <summary>The entry leaves the chain.</summary>
    internal void Pass(QueueEntry entry)
    {
        if (ReferenceEquals(entry, Next))
        {
            Next = entry.Newer;
        }
    }
}
