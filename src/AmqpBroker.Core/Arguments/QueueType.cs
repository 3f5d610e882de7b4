namespace AmqpBroker.Core.Arguments;

/// <summary>The types of queues, as <c>x-queue-type</c> names them.</summary>
public enum QueueType
{
    /// <summary><c>classic</c>: what a queue is unless the declaration says otherwise.</summary>
    Classic,

    /// <summary><c>quorum</c>: durable, shared and named; otherwise like a classic queue here.</summary>
    Quorum,

    /// <summary><c>stream</c>: known by name, not supported.</summary>
    Stream,
}
