namespace AmqpBroker.Core.Statistics;

/// <summary>What is counted. The first are counts of what happened to messages; of an exchange only the first two are.</summary>
public enum Figure
{
    /// <summary>Messages published; for a queue, those that reached it; for an exchange, those published to it.</summary>
    Publish,

    /// <summary>Publishes confirmed; for an exchange, how often messages left it for a queue.</summary>
    ConfirmOrOut,

    /// <summary>Mandatory messages that no queue took, and that were returned.</summary>
    ReturnUnroutable,

    /// <summary>Other messages that no queue took.</summary>
    DropUnroutable,

    /// <summary>Deliveries to be acknowledged.</summary>
    Deliver,

    /// <summary>Deliveries that need no acknowledgement.</summary>
    DeliverNoAck,

    /// <summary>Messages got with basic.get, to be acknowledged.</summary>
    Get,

    /// <summary>Messages got with basic.get that need no acknowledgement.</summary>
    GetNoAck,

    /// <summary>basic.get when nothing was ready.</summary>
    GetEmpty,

    /// <summary>Deliveries and gets of messages that may have been delivered before.</summary>
    Redeliver,

    /// <summary>Acknowledgements.</summary>
    Ack,

    /// <summary>Messages that are ready; not a count but a length.</summary>
    Ready,

    /// <summary>Messages that are unacknowledged; not a count but a length.</summary>
    Unacked,

    /// <summary>Channels opened. Of virtual hosts only, as what follows.</summary>
    ChannelCreated,

    /// <summary>Channels that have ended.</summary>
    ChannelClosed,

    /// <summary>Declarations of queues, of those that were there as well.</summary>
    QueueDeclared,

    /// <summary>Queues made.</summary>
    QueueCreated,

    /// <summary>Queues deleted.</summary>
    QueueDeleted,
}
