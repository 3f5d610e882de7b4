using AmqpBroker.Core.Statistics;

namespace AmqpBroker.Core.Snapshots;

/// <summary>A queue as it was at one moment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="VirtualHost">Where it is.</param>
/// <param name="Type"><c>classic</c> or <c>quorum</c>, as declared.</param>
/// <param name="Durable">Whether it survives a restart.</param>
/// <param name="AutoDelete">Whether it goes with its last consumer.</param>
/// <param name="Exclusive">Whether it belongs to one connection.</param>
/// <param name="Arguments">The arguments of its declaration.</param>
public sealed record QueueInfo(
    string Name, string VirtualHost, string Type, bool Durable, bool AutoDelete, bool Exclusive, PlainTable Arguments)
{
    /// <summary>The name of the policy that holds for it; null when there is none.</summary>
    public string? Policy { get; init; }

    /// <summary>The name of the operator policy that holds for it; null when there is none.</summary>
    public string? OperatorPolicy { get; init; }

    /// <summary>What the two say together.</summary>
    public PlainTable EffectivePolicy { get; init; } = PlainTable.Empty;

    /// <summary>Messages that wait for delivery.</summary>
    public int ReadyMessages { get; init; }

    /// <summary>Messages that were delivered and are not acknowledged.</summary>
    public int UnackedMessages { get; init; }

    /// <summary>Messages that came back and wait before they are delivered again (delayed retry).</summary>
    public int DelayedMessages { get; init; }

    /// <summary>Those of the ready messages that are in memory; the others are on the disk.</summary>
    public int WarmMessages { get; init; }

    /// <summary>1 when its consumers take what comes, 0 when something waits for them, or when there are none.</summary>
    public int ConsumerCapacity { get; init; }

    /// <summary>When something was last counted, if that is some samples ago; null otherwise.</summary>
    public DateTimeOffset? IdleSince => Reading?.IdleSince;

    /// <summary>What was counted; null when nothing was.</summary>
    public Reading? Reading { get; init; }

    /// <summary>Bytes in bodies of ready messages.</summary>
    public long ReadyBytes { get; init; }

    /// <summary>Bytes in bodies of unacknowledged messages.</summary>
    public long UnackedBytes { get; init; }

    /// <summary>Subscriptions.</summary>
    public int Consumers { get; init; }

    /// <summary>The consumer that has it to itself; null when there is none.</summary>
    public string? ExclusiveConsumerTag { get; init; }

    /// <summary>The consumer that is served, when only one at a time is; null when there is none.</summary>
    public string? SingleActiveConsumerTag { get; init; }

    /// <summary>The name of the connection that an exclusive queue belongs to; null for others.</summary>
    public string? OwnerConnection { get; init; }
}
