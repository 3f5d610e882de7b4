namespace AmqpBroker.Core.VirtualHosts;

/// <summary>What holds in every virtual host unless a queue or a consumer says otherwise.</summary>
public sealed record VirtualHostLimits
{
    /// <summary>
    /// How long a delivery may stay unacknowledged, in milliseconds, before it goes back to its queue; 0 for as long as it
    /// likes. RabbitMQ's half an hour: longer than any honest work, short enough for a client that hangs not to keep messages.
    /// </summary>
    public long ConsumerTimeoutMs { get; init; } = 30 * 60 * 1000;

    /// <summary>
    /// Consumers of one channel: each costs memory that the client does not pay for. More than any client was seen to use.
    /// </summary>
    public int ConsumersPerChannel { get; init; } = 65_536;
}
