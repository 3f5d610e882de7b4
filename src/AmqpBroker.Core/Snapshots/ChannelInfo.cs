using AmqpBroker.Core.Statistics;

namespace AmqpBroker.Core.Snapshots;

/// <summary>An open channel as it was at one moment.</summary>
/// <param name="Connection">The name of its connection.</param>
/// <param name="Number">Its number there.</param>
/// <param name="User">Who logged in.</param>
/// <param name="VirtualHost">Where it is.</param>
public sealed record ChannelInfo(string Connection, int Number, string User, string VirtualHost)
{
    /// <summary>Names it in lists: the connection's name and its number.</summary>
    public string Name => $"{Connection} ({Number})";

    /// <summary>It is transactional.</summary>
    public bool Transactional { get; init; }

    /// <summary>Its publishes are confirmed.</summary>
    public bool Confirms { get; init; }

    /// <summary>Its consumers.</summary>
    public int Consumers { get; init; }

    /// <summary>Deliveries that are not settled.</summary>
    public int UnackedMessages { get; init; }

    /// <summary>Publishes that are not confirmed.</summary>
    public long UnconfirmedMessages { get; init; }

    /// <summary>Publishes of the transaction under way.</summary>
    public int UncommittedMessages { get; init; }

    /// <summary>Settlements of the transaction under way.</summary>
    public int UncommittedAcks { get; init; }

    /// <summary>How much the next consumer may leave unacknowledged; 0 is no limit.</summary>
    public int Prefetch { get; init; }

    /// <summary>How much all of them may together; 0 is no limit.</summary>
    public int GlobalPrefetch { get; init; }

    /// <summary>What was counted; null when nothing was.</summary>
    public Reading? Reading { get; init; }
}
