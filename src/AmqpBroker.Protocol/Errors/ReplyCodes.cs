namespace AmqpBroker.Protocol;

/// <summary>What RabbitMQ says about a reply code.</summary>
public static class ReplyCodes
{
    /// <summary>RabbitMQ's name of the code, as reply texts begin: <c>ACCESS_REFUSED</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A code that AMQP 0-9-1 does not have.</exception>
    public static string RabbitName(this ReplyCode code) => code switch
    {
        ReplyCode.ReplySuccess => "REPLY_SUCCESS",
        ReplyCode.ContentTooLarge => "CONTENT_TOO_LARGE",
        ReplyCode.NoRoute => "NO_ROUTE",
        ReplyCode.NoConsumers => "NO_CONSUMERS",
        ReplyCode.ConnectionForced => "CONNECTION_FORCED",
        ReplyCode.InvalidPath => "INVALID_PATH",
        ReplyCode.AccessRefused => "ACCESS_REFUSED",
        ReplyCode.NotFound => "NOT_FOUND",
        ReplyCode.ResourceLocked => "RESOURCE_LOCKED",
        ReplyCode.PreconditionFailed => "PRECONDITION_FAILED",
        ReplyCode.FrameError => "FRAME_ERROR",
        ReplyCode.SyntaxError => "SYNTAX_ERROR",
        ReplyCode.CommandInvalid => "COMMAND_INVALID",
        ReplyCode.ChannelError => "CHANNEL_ERROR",
        ReplyCode.UnexpectedFrame => "UNEXPECTED_FRAME",
        ReplyCode.ResourceError => "RESOURCE_ERROR",
        ReplyCode.NotAllowed => "NOT_ALLOWED",
        ReplyCode.NotImplemented => "NOT_IMPLEMENTED",
        ReplyCode.InternalError => "INTERNAL_ERROR",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "Not a reply code of AMQP 0-9-1."),
    };
}
