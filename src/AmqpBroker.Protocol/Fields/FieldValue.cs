using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace AmqpBroker.Protocol;

/// <summary>
/// One value of a field table: its type and its encoded payload (without type letter and length prefix), which is a part of
/// the table it came from. The default value is void.
/// </summary>
public readonly partial struct FieldValue : IEquatable<FieldValue>
{
    private readonly FieldType _type;
    private readonly ReadOnlyMemory<byte> _payload;

    internal FieldValue(FieldType type, ReadOnlyMemory<byte> payload)
    {
        _type = type;
        _payload = payload;
    }

    /// <summary>The type, exactly as it came.</summary>
    public FieldType Type => _type == 0 ? FieldType.Void : _type;

    /// <summary>The type's name in RabbitMQ's texts: <c>longstr</c>, <c>signedint</c>, ….</summary>
    public string RabbitTypeName => Type.RabbitTypeName();

    /// <summary>The encoded payload, without type letter and length prefix.</summary>
    public ReadOnlyMemory<byte> Payload => _payload;

    /// <summary>Bytes of type letter, length prefix and payload.</summary>
    public int EncodedSize => 1 + (FieldTypes.HasLengthPrefix(Type) ? 4 : 0) + _payload.Length;

    /// <summary>Whether type and value are the same; both letters of 64-bit integers are one type.</summary>
    public static bool operator ==(FieldValue left, FieldValue right) => left.Equals(right);

    /// <summary>Whether type or value differ.</summary>
    public static bool operator !=(FieldValue left, FieldValue right) => !left.Equals(right);

    /// <summary>The value of an integer of any width.</summary>
    public bool TryGetInt64(out long value)
    {
        ReadOnlySpan<byte> payload = _payload.Span;
        switch (Type)
        {
            case FieldType.Byte:
                value = (sbyte)payload[0];
                return true;
            case FieldType.UnsignedByte:
                value = payload[0];
                return true;
            case FieldType.Short:
                value = BinaryPrimitives.ReadInt16BigEndian(payload);
                return true;
            case FieldType.UnsignedShort:
                value = BinaryPrimitives.ReadUInt16BigEndian(payload);
                return true;
            case FieldType.SignedInt:
                value = BinaryPrimitives.ReadInt32BigEndian(payload);
                return true;
            case FieldType.UnsignedInt:
                value = BinaryPrimitives.ReadUInt32BigEndian(payload);
                return true;
            case FieldType.Long or FieldType.LongAlias:
                value = BinaryPrimitives.ReadInt64BigEndian(payload);
                return true;
            default:
                value = 0;
                return false;
        }
    }

    /// <summary>The value of a float or a double.</summary>
    public bool TryGetDouble(out double value)
    {
        switch (Type)
        {
            case FieldType.Float:
                value = BinaryPrimitives.ReadSingleBigEndian(_payload.Span);
                return true;
            case FieldType.Double:
                value = BinaryPrimitives.ReadDoubleBigEndian(_payload.Span);
                return true;
            default:
                value = 0;
                return false;
        }
    }

    /// <summary>The bytes of a long string or a binary.</summary>
    public bool TryGetBytes(out ReadOnlyMemory<byte> value)
    {
        bool has = Type is FieldType.LongString or FieldType.Binary;
        value = has ? _payload : default;
        return has;
    }

    /// <summary>The text of a long string, decoded as UTF-8.</summary>
    public bool TryGetString([NotNullWhen(true)] out string? value)
    {
        value = Type == FieldType.LongString ? Encoding.UTF8.GetString(_payload.Span) : null;
        return value is not null;
    }

    /// <summary>Whether the boolean is true.</summary>
    /// <exception cref="InvalidOperationException">Not a boolean.</exception>
    public bool AsBoolean() => Expect(FieldType.Boolean).Span[0] != 0;

    /// <summary>The bytes of a long string or a binary.</summary>
    /// <exception cref="InvalidOperationException">Neither of them.</exception>
    public ReadOnlyMemory<byte> AsBytes() =>
        TryGetBytes(out ReadOnlyMemory<byte> value) ? value : throw WrongType(FieldType.LongString);

    /// <summary>The text of a long string or a binary, decoded as UTF-8.</summary>
    /// <exception cref="InvalidOperationException">Neither of them.</exception>
    public string AsString() => Encoding.UTF8.GetString(AsBytes().Span);

    /// <summary>The value of an integer of any width.</summary>
    /// <exception cref="InvalidOperationException">Not an integer.</exception>
    public long AsInt64() => TryGetInt64(out long value) ? value : throw WrongType(FieldType.Long);

    /// <summary>The value of a float or a double.</summary>
    /// <exception cref="InvalidOperationException">Neither of them.</exception>
    public double AsDouble() => TryGetDouble(out double value) ? value : throw WrongType(FieldType.Double);

    /// <summary>Seconds since 1970.</summary>
    /// <exception cref="InvalidOperationException">Not a timestamp.</exception>
    public ulong AsTimestamp() => BinaryPrimitives.ReadUInt64BigEndian(Expect(FieldType.Timestamp).Span);

    /// <summary>The decimal <c>digits / 10^scale</c>.</summary>
    /// <exception cref="InvalidOperationException">Not a decimal.</exception>
    public (byte Scale, uint Digits) AsDecimal()
    {
        ReadOnlySpan<byte> payload = Expect(FieldType.Decimal).Span;
        return (payload[0], BinaryPrimitives.ReadUInt32BigEndian(payload[1..]));
    }

    /// <summary>The nested table; shares the bytes.</summary>
    /// <exception cref="InvalidOperationException">Not a table.</exception>
    public FieldTable AsTable() => FieldTable.FromValidated(Expect(FieldType.Table));

    /// <summary>The elements of an array, parsed at each call; they share the bytes.</summary>
    /// <exception cref="InvalidOperationException">Not an array.</exception>
    public FieldValue[] AsArray()
    {
        ReadOnlyMemory<byte> rest = Expect(FieldType.Array);
        var elements = new List<FieldValue>();
        while (!rest.IsEmpty)
        {
            int consumed = FieldEncoding.Locate(rest.Span, out FieldType type, out int offset, out int length);
            elements.Add(new FieldValue(type, rest.Slice(offset, length)));
            rest = rest[consumed..];
        }

        return [.. elements];
    }

    /// <summary>Writes type letter, length prefix and payload.</summary>
    public void Write(ref AmqpWriter writer)
    {
        writer.WriteOctet((byte)Type);
        if (FieldTypes.HasLengthPrefix(Type))
        {
            writer.WriteLong((uint)_payload.Length);
        }

        writer.WriteBytes(_payload.Span);
    }

    /// <summary>Whether type and value are the same; both letters of 64-bit integers are one type.</summary>
    public bool Equals(FieldValue other) => FieldComparer.Equal(Type, _payload.Span, other.Type, other._payload.Span);

    /// <summary>Whether this equals the value with this type and payload, as a scanner gives them.</summary>
    public bool Equals(FieldType type, ReadOnlySpan<byte> payload) => FieldComparer.Equal(Type, _payload.Span, type, payload);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is FieldValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => FieldComparer.Hash(Type, _payload.Span);

    /// <summary>The value for logs.</summary>
    public override string ToString() => Type switch
    {
        FieldType.Void => "void",
        FieldType.Boolean => AsBoolean() ? "true" : "false",
        FieldType.Float or FieldType.Double => AsDouble().ToString("R", CultureInfo.InvariantCulture),
        FieldType.Decimal => $"{AsDecimal().Digits}e-{AsDecimal().Scale}",
        FieldType.LongString => AsString(),
        FieldType.Binary => Convert.ToHexString(_payload.Span),
        FieldType.Timestamp => AsTimestamp().ToString(CultureInfo.InvariantCulture),
        FieldType.Table => AsTable().ToString(),
        FieldType.Array => $"[{string.Join(", ", AsArray())}]",
        _ => AsInt64().ToString(CultureInfo.InvariantCulture),
    };

    private ReadOnlyMemory<byte> Expect(FieldType type) => Type == type ? _payload : throw WrongType(type);

    private InvalidOperationException WrongType(FieldType wanted) =>
        new($"The field is of type {RabbitTypeName}, not {wanted.RabbitTypeName()}.");
}
