namespace AmqpBroker.Protocol;

/// <summary>The reply codes of AMQP 0-9-1, as in channel.close, connection.close and basic.return.</summary>
public enum ReplyCode : ushort
{
    /// <summary>A close without an error.</summary>
    ReplySuccess = 200,

    /// <summary>Channel error: a message larger than allowed.</summary>
    ContentTooLarge = 311,

    /// <summary>Only in basic.return: a mandatory message that no queue took.</summary>
    NoRoute = 312,

    /// <summary>Only in basic.return: an immediate message without a consumer; never sent.</summary>
    NoConsumers = 313,

    /// <summary>Connection error: an operator or the shutdown closes the connection.</summary>
    ConnectionForced = 320,

    /// <summary>Connection error: unknown virtual host; RabbitMQ says <see cref="NotAllowed"/> instead.</summary>
    InvalidPath = 402,

    /// <summary>Channel error (connection error on a failed login): no permission.</summary>
    AccessRefused = 403,

    /// <summary>Channel error: no such queue or exchange.</summary>
    NotFound = 404,

    /// <summary>Channel error: the queue is exclusive to another connection.</summary>
    ResourceLocked = 405,

    /// <summary>Channel error: a precondition does not hold.</summary>
    PreconditionFailed = 406,

    /// <summary>Connection error: a malformed frame.</summary>
    FrameError = 501,

    /// <summary>Connection error: a frame with malformed contents.</summary>
    SyntaxError = 502,

    /// <summary>Connection error: a method that is not known or not possible here.</summary>
    CommandInvalid = 503,

    /// <summary>Connection error: a channel that is not open, or opened twice.</summary>
    ChannelError = 504,

    /// <summary>Connection error: a frame that is not expected here.</summary>
    UnexpectedFrame = 505,

    /// <summary>Connection error: not enough resources.</summary>
    ResourceError = 506,

    /// <summary>Connection error: not allowed.</summary>
    NotAllowed = 530,

    /// <summary>Connection error: not implemented.</summary>
    NotImplemented = 540,

    /// <summary>Connection error: a fault of the server.</summary>
    InternalError = 541,
}
