using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// What of a message an <c>x-consistent-hash</c> exchange hashes: the routing key, or what the arguments
/// <c>hash-header</c> or <c>hash-property</c> name. Messages without it have one hash among them.
/// </summary>
internal sealed class HashSource
{
    private const string HeaderArgument = "hash-header";
    private const string PropertyArgument = "hash-property";

    private readonly byte[]? _header;
    private readonly BasicProperty? _property;

    /// <summary>What the arguments ask for; they were checked.</summary>
    public HashSource(FieldTable arguments)
    {
        if (Equivalence.Find(arguments, HeaderArgument) is { } header)
        {
            _header = header.Payload.ToArray();
        }
        else if (Equivalence.Find(arguments, PropertyArgument) is { } property)
        {
            _property = Property(property);
        }
    }

    /// <summary>Checks the arguments of a declaration.</summary>
    /// <exception cref="ChannelException">406: one of them is not valid, or both are there.</exception>
    public static void Check(ExchangeProperties properties, string virtualHost)
    {
        FieldValue? header = Equivalence.Find(properties.Arguments, HeaderArgument);
        FieldValue? property = Equivalence.Find(properties.Arguments, PropertyArgument);
        CheckText(HeaderArgument, header, properties.Name, virtualHost);
        CheckText(PropertyArgument, property, properties.Name, virtualHost);
        if (header is not null && property is not null)
        {
            throw Refused("hash-header and hash-property are mutually exclusive");
        }

        if (property is { } named && Property(named) is null)
        {
            throw Refused($"Unsupported property: {named.AsString()}");
        }
    }

    /// <summary>The hash of the message.</summary>
    public ulong Hash(in RoutingInput input)
    {
        if (_header is not null)
        {
            return HeaderFields.TryFind(input.Headers, _header, out FieldType type, out ReadOnlySpan<byte> payload)
                ? StableHash.Of(type, payload)
                : StableHash.Of([]);
        }

        return _property is { } property
            ? StableHash.Of(input.Properties.IsEmpty ? [] : BasicProperties.Scan(input.Properties).BytesOf(property))
            : StableHash.Of(input.RoutingKey.Bytes);
    }

    private static BasicProperty? Property(FieldValue name) => name.AsString() switch
    {
        "message_id" => BasicProperty.MessageId,
        "correlation_id" => BasicProperty.CorrelationId,
        "timestamp" => BasicProperty.Timestamp,
        _ => null,
    };

    private static void CheckText(string argument, FieldValue? value, ShortString name, string virtualHost)
    {
        if (value is { } present && present.Type != FieldType.LongString)
        {
            throw Refused(
                $"invalid type '{present.RabbitTypeName}' for arg '{argument}' in {Subject.Exchange(name, virtualHost)}");
        }
    }

    private static ChannelException Refused(string text) => new(ReplyCode.PreconditionFailed, text);
}
