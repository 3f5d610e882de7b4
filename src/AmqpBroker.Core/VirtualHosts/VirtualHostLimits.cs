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

    /// <summary>
    /// What messages in queues may take of memory, in bytes, unacknowledged ones too; beyond it they stay in the journal alone until they are
    /// next. Enough for a burst that consumers catch up with at once; little beside what a broker of this speed is given.
    /// </summary>
    public long ReadyMessageBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>
    /// A message that waits in the journal alone expires at most this many milliseconds late, unless it is among the next of
    /// its queue: so a page with many deadlines is not read for each of them.
    /// </summary>
    internal long ColdExpiryStepMs { get; init; } = 50;

    /// <summary>
    /// Bytes of a checkpoint's images that are written in one turn of the lane: some two thousand entries of a queue, well below a
    /// millisecond.
    /// </summary>
    internal int ImagePartBytes { get; init; } = 64 * 1024;

    /// <summary>When the journal gives room on the disk back.</summary>
    internal SpaceLimits Space { get; init; } = new();
}
