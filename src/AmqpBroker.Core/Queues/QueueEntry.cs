using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Messages;

namespace AmqpBroker.Core.Queues;

/// <summary>Where an entry of a queue is.</summary>
internal enum EntryState : byte
{
    /// <summary>In no queue: pooled, or settled.</summary>
    Gone,

    /// <summary>Waiting for a consumer.</summary>
    Ready,

    /// <summary>Delivered to a channel that has not settled it.</summary>
    Unacked,

    /// <summary>It came back and waits before it is ready again.</summary>
    Delayed,

    /// <summary>It goes to a dead-letter exchange as soon as its message is in memory, or those before it are gone.</summary>
    Dying,
}

/// <summary>
/// A message's place in one queue. Its sequence number is its place in the order: requeueing brings it back to where it was.
/// Lane only; pooled by <see cref="EntryPool"/>.
/// </summary>
internal sealed class QueueEntry : IHeapItem
{
    /// <summary>No deadline.</summary>
    internal const long Never = long.MaxValue;

    internal MessageQueue Queue { get; set; } = null!;

    /// <summary>The message; null while it is in the journal alone, at <see cref="Place"/>.</summary>
    internal Message? Message { get; set; }

    /// <summary>Where the message is while <see cref="Message"/> is null.</summary>
    internal StoredPlace Place { get; set; }

    /// <summary>Length of the message's body in bytes.</summary>
    internal long BodyLength => Message?.BodyLength ?? Place.BodyLength;

    internal long Sequence { get; set; }

    /// <summary>When it expires, in milliseconds of the wall clock since 1970, or <see cref="Never"/>.</summary>
    internal long DeadlineMs { get; set; } = Never;

    /// <summary>How many times it came back from a consumer.</summary>
    internal int DeliveryCount { get; set; }

    internal bool Redelivered { get; set; }

    /// <summary>The journal knows it: its end must be logged too.</summary>
    internal bool Stored { get; set; }

    /// <summary>It is in the journal for want of memory only: it keeps the message's record, and its end is not logged.</summary>
    internal bool Spilled { get; set; }

    /// <summary>The priority level, 0 to the queue's x-max-priority.</summary>
    internal byte Level { get; set; }

    internal EntryState State { get; set; }

    /// <summary>The budget has it among those that are not ready and whose messages may be unloaded.</summary>
    internal bool IsHeld { get; set; }

    /// <summary>Its place in the ready list's heap of odd returns, or among the delayed; 0: in neither.</summary>
    public int HeapPlace { get; set; }

    /// <summary>Neighbours in the ready list; while <see cref="IsHeld"/>, those that were held before and after it.</summary>
    internal QueueEntry? Previous { get; set; }

    internal QueueEntry? Next { get; set; }

    /// <summary>Neighbours among all entries of the queue that are in memory, ready or not, in no certain order.</summary>
    internal QueueEntry? Older { get; set; }

    internal QueueEntry? Newer { get; set; }
}
