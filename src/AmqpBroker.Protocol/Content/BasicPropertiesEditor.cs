using System.Buffers.Binary;

namespace AmqpBroker.Protocol;

/// <summary>
/// Makes content properties from others (or from none) with some set or removed; what is not touched is copied byte for byte.
/// For one thread.
/// </summary>
public sealed class BasicPropertiesEditor
{
    /// <summary>A flag that means nothing and is kept as it came.</summary>
    private const int UnusedFlag = 0x0002;

    private readonly ReadOnlyMemory<byte> _source;

    /// <summary>By property: null is untouched, empty is removed, else the encoded value.</summary>
    private readonly byte[]?[] _changes = new byte[BasicPropertyKinds.Count][];

    /// <summary>An editor that starts without any property.</summary>
    public BasicPropertiesEditor()
        : this(BasicProperties.None)
    {
    }

    /// <summary>An editor of these flags and list, which must not change until <see cref="Build"/>.</summary>
    public BasicPropertiesEditor(ReadOnlyMemory<byte> flagsAndList) => _source = flagsAndList;

    /// <summary>Takes a property away, if it is there.</summary>
    public BasicPropertiesEditor Remove(BasicProperty property)
    {
        _changes[(int)property] = [];
        return this;
    }

    /// <summary>Sets the headers; an empty table is present and empty, as clients send it.</summary>
    public BasicPropertiesEditor SetHeaders(FieldTable headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        byte[] encoded = new byte[4 + headers.RawBytes.Length];
        var writer = new AmqpWriter(encoded);
        writer.WriteTable(headers);
        _changes[(int)BasicProperty.Headers] = encoded;
        return this;
    }

    /// <summary>Sets where replies go.</summary>
    public BasicPropertiesEditor SetReplyTo(ShortString value) => Set(BasicProperty.ReplyTo, value);

    /// <summary>Sets a property that is a short string.</summary>
    /// <exception cref="ArgumentException">The property has another type.</exception>
    public BasicPropertiesEditor Set(BasicProperty property, ShortString value)
    {
        ArgumentNullException.ThrowIfNull(value);
        RequireKind(property, BasicPropertyKind.Shortstr);
        _changes[(int)property] = [(byte)value.Length, .. value.Bytes];
        return this;
    }

    /// <summary>Sets a property that is an octet: delivery mode or priority.</summary>
    /// <exception cref="ArgumentException">The property has another type.</exception>
    public BasicPropertiesEditor Set(BasicProperty property, byte value)
    {
        RequireKind(property, BasicPropertyKind.Octet);
        _changes[(int)property] = [value];
        return this;
    }

    /// <summary>Sets the timestamp, in seconds since 1970.</summary>
    public BasicPropertiesEditor SetTimestamp(ulong seconds)
    {
        byte[] encoded = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(encoded, seconds);
        _changes[(int)BasicProperty.Timestamp] = encoded;
        return this;
    }

    /// <summary>The new flags and list.</summary>
    /// <exception cref="ConnectionException">502: the source is malformed.</exception>
    public byte[] Build()
    {
        BasicPropertiesView source = BasicProperties.Scan(_source.Span);
        int size = BasicProperties.FlagsSize;
        for (int i = 0; i < BasicPropertyKinds.Count; i++)
        {
            size += EncodedOf(i, source).Length;
        }

        byte[] result = new byte[size];
        int flags = _source.Span[1] & UnusedFlag;
        Span<byte> rest = result.AsSpan(BasicProperties.FlagsSize);
        for (int i = 0; i < BasicPropertyKinds.Count; i++)
        {
            ReadOnlySpan<byte> encoded = EncodedOf(i, source);
            if (!encoded.IsEmpty)
            {
                flags |= 0x8000 >> i;
                encoded.CopyTo(rest);
                rest = rest[encoded.Length..];
            }
        }

        BinaryPrimitives.WriteUInt16BigEndian(result, (ushort)flags);
        return result;
    }

    /// <summary>A present property is never empty: even an empty string has its length octet.</summary>
    private ReadOnlySpan<byte> EncodedOf(int property, in BasicPropertiesView source) =>
        _changes[property] is { } change ? change : source.EncodedOf((BasicProperty)property);

    private static void RequireKind(BasicProperty property, BasicPropertyKind kind)
    {
        if (BasicPropertyKinds.All[(int)property] != kind)
        {
            throw new ArgumentException($"{property} is not of this type.", nameof(property));
        }
    }
}
