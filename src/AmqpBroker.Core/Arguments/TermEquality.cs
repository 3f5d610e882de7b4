using System.Buffers.Binary;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>
/// Equality of field values as a running RabbitMQ 3.10.8 has it, which compares what it decoded without looking at the
/// types: numbers by value whatever their width (a timestamp is a number), long strings and binaries by their bytes.
/// Inside arrays and tables types count.
/// </summary>
internal static class TermEquality
{
    private enum Kind
    {
        Void,
        Boolean,
        Number,
        Decimal,
        Bytes,
        List,
    }

    /// <summary>Equality of arguments of a repeated declaration: 1 and 1.0 are different.</summary>
    public static bool AreIdentical(FieldValue left, FieldValue right) =>
        IsFloat(left.Type) == IsFloat(right.Type) && AreEqual(left, right.Type, right.Payload.Span);

    /// <summary>Equality of header values: 1 and 1.0 are equal. The payload is that of a value of <paramref name="type"/>.</summary>
    public static bool AreEqual(FieldValue wanted, FieldType type, ReadOnlySpan<byte> payload)
    {
        Kind kind = KindOf(wanted.Type);
        if (kind != KindOf(type))
        {
            return false;
        }

        ReadOnlySpan<byte> wantedPayload = wanted.Payload.Span;
        return kind switch
        {
            Kind.Void => true,
            Kind.Boolean => (wantedPayload[0] != 0) == (payload[0] != 0),
            Kind.Number => NumbersEqual(wanted.Type, wantedPayload, type, payload),
            Kind.List => ListsEqual(wanted, type, payload),
            _ => wantedPayload.SequenceEqual(payload),
        };
    }

    private static Kind KindOf(FieldType type) => type switch
    {
        FieldType.Void => Kind.Void,
        FieldType.Boolean => Kind.Boolean,
        FieldType.Decimal => Kind.Decimal,
        FieldType.LongString or FieldType.Binary => Kind.Bytes,
        FieldType.Table or FieldType.Array => Kind.List,
        _ => Kind.Number,
    };

    private static bool NumbersEqual(
        FieldType leftType, ReadOnlySpan<byte> left, FieldType rightType, ReadOnlySpan<byte> right) =>
        (IsFloat(leftType), IsFloat(rightType)) switch
        {
            (true, true) => ReadFloat(left) == ReadFloat(right),
            (true, false) => Equal(ReadFloat(left), ReadInteger(rightType, right)),
            (false, true) => Equal(ReadFloat(right), ReadInteger(leftType, left)),
            (false, false) => ReadInteger(leftType, left) == ReadInteger(rightType, right),
        };

    private static bool IsFloat(FieldType type) => type is FieldType.Float or FieldType.Double;

    private static double ReadFloat(ReadOnlySpan<byte> payload) =>
        payload.Length == sizeof(float)
            ? BinaryPrimitives.ReadSingleBigEndian(payload)
            : BinaryPrimitives.ReadDoubleBigEndian(payload);

    /// <summary>Exact: an integer beyond 2^53 does not equal a float that it would be rounded to.</summary>
    private static bool Equal(double number, Int128 integer) => double.IsInteger(number) && (Int128)number == integer;

    private static Int128 ReadInteger(FieldType type, ReadOnlySpan<byte> payload) => type switch
    {
        FieldType.Byte => (sbyte)payload[0],
        FieldType.UnsignedByte => payload[0],
        FieldType.Short => BinaryPrimitives.ReadInt16BigEndian(payload),
        FieldType.UnsignedShort => BinaryPrimitives.ReadUInt16BigEndian(payload),
        FieldType.SignedInt => BinaryPrimitives.ReadInt32BigEndian(payload),
        FieldType.UnsignedInt => BinaryPrimitives.ReadUInt32BigEndian(payload),
        FieldType.Timestamp => BinaryPrimitives.ReadUInt64BigEndian(payload),
        _ => BinaryPrimitives.ReadInt64BigEndian(payload),
    };

    private static bool ListsEqual(FieldValue wanted, FieldType type, ReadOnlySpan<byte> payload) =>
        wanted.Equals(type, payload) || (wanted.Payload.IsEmpty && payload.IsEmpty);
}
