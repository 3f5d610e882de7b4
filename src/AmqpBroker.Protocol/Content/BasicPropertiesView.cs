using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace AmqpBroker.Protocol;

/// <summary>
/// Where each content property is in the bytes of a content header; refers to these bytes. Absent properties read as empty
/// or 0: ask <see cref="Has"/> where that matters. Made by <see cref="BasicProperties.Scan"/>.
/// </summary>
public ref struct BasicPropertiesView
{
    private readonly int _flags;
    private Offsets _offsets;

    internal BasicPropertiesView(ReadOnlySpan<byte> raw, int flags)
    {
        Raw = raw;
        _flags = flags;
    }

    /// <summary>The flags and list that were scanned.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>Whether there is no property at all.</summary>
    public readonly bool IsEmpty => Raw.Length == BasicProperties.FlagsSize;

    /// <summary>The content-type, without its length octet.</summary>
    public readonly ReadOnlySpan<byte> ContentType => BytesOf(BasicProperty.ContentType);

    /// <summary>The content-encoding, without its length octet.</summary>
    public readonly ReadOnlySpan<byte> ContentEncoding => BytesOf(BasicProperty.ContentEncoding);

    /// <summary>The validated headers table, without its four octets of length.</summary>
    public readonly ReadOnlySpan<byte> Headers => BytesOf(BasicProperty.Headers);

    /// <summary>The delivery mode: 1 transient, 2 persistent.</summary>
    public readonly byte DeliveryMode => OctetOf(BasicProperty.DeliveryMode);

    /// <summary>Whether the message is persistent; as in RabbitMQ only delivery mode 2 is.</summary>
    public readonly bool IsPersistent => DeliveryMode == 2;

    /// <summary>The priority.</summary>
    public readonly byte Priority => OctetOf(BasicProperty.Priority);

    /// <summary>The correlation-id, without its length octet.</summary>
    public readonly ReadOnlySpan<byte> CorrelationId => BytesOf(BasicProperty.CorrelationId);

    /// <summary>The reply-to, without its length octet.</summary>
    public readonly ReadOnlySpan<byte> ReplyTo => BytesOf(BasicProperty.ReplyTo);

    /// <summary>The expiration, without its length octet: text, not yet parsed.</summary>
    public readonly ReadOnlySpan<byte> Expiration => BytesOf(BasicProperty.Expiration);

    /// <summary>The message-id, without its length octet.</summary>
    public readonly ReadOnlySpan<byte> MessageId => BytesOf(BasicProperty.MessageId);

    /// <summary>The timestamp in seconds since 1970.</summary>
    public readonly ulong Timestamp =>
        Has(BasicProperty.Timestamp) ? BinaryPrimitives.ReadUInt64BigEndian(BytesOf(BasicProperty.Timestamp)) : 0;

    /// <summary>The type, without its length octet.</summary>
    public readonly ReadOnlySpan<byte> Type => BytesOf(BasicProperty.Type);

    /// <summary>The user-id, without its length octet.</summary>
    public readonly ReadOnlySpan<byte> UserId => BytesOf(BasicProperty.UserId);

    /// <summary>The app-id, without its length octet.</summary>
    public readonly ReadOnlySpan<byte> AppId => BytesOf(BasicProperty.AppId);

    /// <summary>The cluster-id, without its length octet.</summary>
    public readonly ReadOnlySpan<byte> ClusterId => BytesOf(BasicProperty.ClusterId);

    /// <summary>Whether the property is present.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Has(BasicProperty property) => (_flags & (0x8000 >> (int)property)) != 0;

    /// <summary>Where in <see cref="Raw"/> the property's value is, without its length prefix; empty if it is absent.</summary>
    public readonly Range RangeOf(BasicProperty property)
    {
        if (!Has(property))
        {
            return default;
        }

        (int start, int length) = Locate(property, out int prefix);
        return (start + prefix)..(start + prefix + length);
    }

    /// <summary>The property's value without its length prefix; empty if it is absent.</summary>
    public readonly ReadOnlySpan<byte> BytesOf(BasicProperty property) => Raw[RangeOf(property)];

    /// <summary>The property's value with its length prefix, as on the wire; empty if it is absent.</summary>
    internal readonly ReadOnlySpan<byte> EncodedOf(BasicProperty property)
    {
        if (!Has(property))
        {
            return [];
        }

        (int start, int length) = Locate(property, out int prefix);
        return Raw.Slice(start, prefix + length);
    }

    internal void SetOffset(int property, int offset) => _offsets[property] = offset;

    private readonly byte OctetOf(BasicProperty property) => Has(property) ? Raw[_offsets[(int)property]] : (byte)0;

    private readonly (int Start, int Length) Locate(BasicProperty property, out int prefix)
    {
        int start = _offsets[(int)property];
        switch (BasicPropertyKinds.All[(int)property])
        {
            case BasicPropertyKind.Shortstr:
                prefix = 1;
                return (start, Raw[start]);
            case BasicPropertyKind.Table:
                prefix = 4;
                return (start, BinaryPrimitives.ReadInt32BigEndian(Raw[start..]));
            case BasicPropertyKind.Octet:
                prefix = 0;
                return (start, 1);
            default:
                prefix = 0;
                return (start, 8);
        }
    }

    [InlineArray(BasicPropertyKinds.Count)]
    private struct Offsets
    {
        private int _first;
    }
}
