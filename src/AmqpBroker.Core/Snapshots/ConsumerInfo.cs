namespace AmqpBroker.Core.Snapshots;

/// <summary>A consumer as it was at one moment.</summary>
/// <param name="Tag">Its tag.</param>
/// <param name="Queue">What it consumes from.</param>
/// <param name="VirtualHost">Where it is.</param>
/// <param name="Connection">The name of its connection.</param>
/// <param name="Channel">The number of its channel.</param>
/// <param name="User">Who logged in.</param>
/// <param name="Arguments">The arguments of basic.consume.</param>
public sealed record ConsumerInfo(
    string Tag, string Queue, string VirtualHost, string Connection, int Channel, string User, PlainTable Arguments)
{
    /// <summary>It need not acknowledge.</summary>
    public bool AutoAck { get; init; }

    /// <summary>It has the queue to itself.</summary>
    public bool Exclusive { get; init; }

    /// <summary>It gets messages; of a queue with a single active consumer only that one does.</summary>
    public bool Active { get; init; }

    /// <summary>Its queue has a single active consumer.</summary>
    public bool SingleActive { get; init; }

    /// <summary>How much it may leave unacknowledged; 0 is no limit.</summary>
    public int Prefetch { get; init; }

    /// <summary>How long it may leave a delivery unacknowledged, in milliseconds; 0: as long as it likes.</summary>
    public long TimeoutMs { get; init; }
}
