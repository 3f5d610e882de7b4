using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>What routing looks at in a message. Borrows everything; the caller keeps it alive during the call.</summary>
public readonly ref struct RoutingInput
{
    /// <summary>The input of a message with these routing keys and headers.</summary>
    /// <param name="routingKey">The routing key of the publish.</param>
    /// <param name="headers">The entries of the header table as sent, without its length; looked at only by exchanges that match on headers.</param>
    /// <param name="extraKeys">The keys of the CC and BCC headers.</param>
    public RoutingInput(
        ShortString routingKey,
        ReadOnlySpan<byte> headers = default,
        ReadOnlySpan<ShortString> extraKeys = default)
    {
        RoutingKey = routingKey;
        Headers = headers;
        ExtraKeys = extraKeys;
    }

    /// <summary>The routing key of the publish.</summary>
    public ShortString RoutingKey { get; }

    /// <summary>The entries of the header table as sent, without its length.</summary>
    public ReadOnlySpan<byte> Headers { get; }

    /// <summary>Further routing keys, from the CC and BCC headers: the message goes where any of the keys leads.</summary>
    public ReadOnlySpan<ShortString> ExtraKeys { get; }

    /// <summary>The content properties as sent; looked at only by exchanges that hash one of them.</summary>
    public ReadOnlySpan<byte> Properties { get; init; }

    /// <summary>The time in milliseconds of the wall clock; looked at only by exchanges that remember.</summary>
    public long NowMs { get; init; }
}
