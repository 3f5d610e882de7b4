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

    /// <summary>Bytes in bodies of ready messages.</summary>
    public long ReadyBytes { get; init; }

    /// <summary>Subscriptions.</summary>
    public int Consumers { get; init; }

    /// <summary>The consumer that has it to itself; null when there is none.</summary>
    public string? ExclusiveConsumerTag { get; init; }

    /// <summary>The consumer that is served, when only one at a time is; null when there is none.</summary>
    public string? SingleActiveConsumerTag { get; init; }

    /// <summary>The name of the connection that an exclusive queue belongs to; null for others.</summary>
    public string? OwnerConnection { get; init; }
}
