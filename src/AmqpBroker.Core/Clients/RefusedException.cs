namespace AmqpBroker.Core.Clients;

/// <summary>The broker did not do what a <see cref="BrokerClient"/> asked for; the client is of no use any more.</summary>
/// <param name="code">The reply code, as of AMQP: 404, 403 and the like.</param>
/// <param name="name">Its name, as in NOT_FOUND.</param>
/// <param name="text">Why, in RabbitMQ's words.</param>
public sealed class RefusedException(int code, string name, string text) : Exception(text)
{
    /// <summary>Nothing of this name.</summary>
    public const int NotFound = 404;

    /// <summary>Not for this user.</summary>
    public const int AccessRefused = 403;

    /// <summary>The reply code.</summary>
    public int Code { get; } = code;

    /// <summary>The text as a client over the network is told it: NOT_FOUND - no queue 'q' in vhost '/'.</summary>
    public string ReplyText { get; } = text.Length == 0 ? name : $"{name} - {text}";
}
