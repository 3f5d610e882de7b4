namespace AmqpBroker.Core.Snapshots;

/// <summary>What queues can be put in order by without looking at all there is to tell of them.</summary>
public enum QueueFigure
{
    /// <summary>Nothing: the order is that of their names.</summary>
    None,

    /// <summary>All messages.</summary>
    Messages,

    /// <summary>Messages that are ready.</summary>
    Ready,

    /// <summary>Messages that are unacknowledged.</summary>
    Unacked,

    /// <summary>Bytes in bodies of ready messages.</summary>
    ReadyBytes,

    /// <summary>Consumers.</summary>
    Consumers,
}
