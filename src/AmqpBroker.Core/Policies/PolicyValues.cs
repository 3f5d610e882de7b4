using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Policies;

/// <summary>What an effective definition says, typed: the keys that mean something here. Null: it does not say. Immutable.</summary>
internal sealed class PolicyValues
{
    /// <summary>No policy.</summary>
    internal static readonly PolicyValues None = new(FieldTable.Empty);

    private readonly FieldTable _definition;

    internal PolicyValues(FieldTable definition)
    {
        _definition = definition;
        MessageTtlMs = Integer("message-ttl"u8);
        ExpiresMs = Integer("expires"u8);
        MaxLength = Integer("max-length"u8);
        MaxLengthBytes = Integer("max-length-bytes"u8);
        DeliveryLimit = Integer("delivery-limit"u8);
        ConsumerTimeoutMs = Integer("consumer-timeout"u8);
        DelayedRetryMinMs = Integer("delayed-retry-min"u8);
        DelayedRetryMaxMs = Integer("delayed-retry-max"u8);
        DelayedRetryType = Text("delayed-retry-type"u8);
        Overflow = Text("overflow"u8) switch
        {
            null => null,
            "reject-publish" => Arguments.Overflow.RejectPublish,
            "reject-publish-dlx" => Arguments.Overflow.RejectPublishDeadLetter,
            _ => Arguments.Overflow.DropHead,
        };
        DeadLetterExchange = Name("dead-letter-exchange"u8);
        DeadLetterRoutingKey = Name("dead-letter-routing-key"u8);
        AlternateExchange = Name("alternate-exchange"u8);
    }

    internal long? MessageTtlMs { get; }

    internal long? ExpiresMs { get; }

    internal long? MaxLength { get; }

    internal long? MaxLengthBytes { get; }

    internal long? DeliveryLimit { get; }

    internal long? ConsumerTimeoutMs { get; }

    internal long? DelayedRetryMinMs { get; }

    internal long? DelayedRetryMaxMs { get; }

    internal string? DelayedRetryType { get; }

    internal Overflow? Overflow { get; }

    internal ShortString? DeadLetterExchange { get; }

    internal ShortString? DeadLetterRoutingKey { get; }

    internal ShortString? AlternateExchange { get; }

    private long? Integer(ReadOnlySpan<byte> key) => _definition.TryGetValue(key, out FieldValue value) ? value.AsInt64() : null;

    private string? Text(ReadOnlySpan<byte> key) => _definition.TryGetValue(key, out FieldValue value) ? value.AsString() : null;

    private ShortString? Name(ReadOnlySpan<byte> key) =>
        _definition.TryGetValue(key, out FieldValue value) ? ShortString.FromBytes(value.Payload.Span) : null;
}
