namespace AmqpBroker.Core.VirtualHosts;

/// <summary>What a virtual host may hold at a time. Null or negative is no limit, 0 lets nothing in.</summary>
/// <param name="MaxConnections">Open connections.</param>
/// <param name="MaxQueues">Queues, those of the broker's naming included.</param>
/// <param name="MaxExchanges">Exchanges, those that every virtual host has included.</param>
public sealed record VirtualHostQuota(long? MaxConnections, long? MaxQueues, long? MaxExchanges)
{
    /// <summary>No limits.</summary>
    public static readonly VirtualHostQuota None = new(null, null, null);

    /// <summary>Whether one more is too many.</summary>
    internal static bool IsReached(long? limit, int count) => limit is >= 0 && count >= limit;
}
