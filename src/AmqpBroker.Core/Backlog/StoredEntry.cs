using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.Backlog;

/// <summary>A message's place in one queue while the message itself is in the journal alone.</summary>
internal readonly record struct StoredEntry
{
    /// <summary>Its place in the queue's order.</summary>
    internal long Sequence { get; init; }

    /// <summary>When it expires, or <see cref="QueueEntry.Never"/>.</summary>
    internal long DeadlineMs { get; init; }

    /// <summary>Journal position of the message's record.</summary>
    internal long StoredAt { get; init; }

    /// <summary>Journal position of a body that is in another message's record, or <see cref="Message.NotStored"/>.</summary>
    internal long BodyElsewhere { get; init; }

    internal int StoredLength { get; init; }

    internal long BodyLength { get; init; }

    /// <summary>How many times it came back from a consumer.</summary>
    internal int DeliveryCount { get; init; }

    /// <summary>Its priority level in the queue.</summary>
    internal byte Level { get; init; }

    internal bool Redelivered { get; init; }

    /// <summary>It is in the journal for want of memory only: a restart forgets it.</summary>
    internal bool IsTransient { get; init; }
}
