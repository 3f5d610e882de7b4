namespace AmqpBroker.Core.Snapshots;

/// <summary>Sums over queues. Those of many queues are taken over some milliseconds, not at one moment.</summary>
/// <param name="Queues">How many queues there are.</param>
/// <param name="Exchanges">How many exchanges there are.</param>
/// <param name="Consumers">Subscriptions.</param>
/// <param name="ReadyMessages">Messages that wait for delivery.</param>
/// <param name="UnackedMessages">Messages that were delivered and are not acknowledged.</param>
/// <param name="ReadyBytes">Bytes in bodies of ready messages.</param>
public readonly record struct QueueTotals(
    long Queues, long Exchanges, long Consumers, long ReadyMessages, long UnackedMessages, long ReadyBytes)
{
    /// <summary>The sums of both.</summary>
    public QueueTotals Add(in QueueTotals other) => new(
        Queues + other.Queues,
        Exchanges + other.Exchanges,
        Consumers + other.Consumers,
        ReadyMessages + other.ReadyMessages,
        UnackedMessages + other.UnackedMessages,
        ReadyBytes + other.ReadyBytes);
}
