namespace AmqpBroker.Protocol;

/// <summary>
/// Equality of encoded field values as RabbitMQ tells bindings apart (tried on 3.10.8): by type and value, where <c>l</c> and
/// <c>L</c> are one type, every non-zero boolean is true and -0.0 is 0.0. Integers of different widths are not equal here.
/// </summary>
internal static class FieldComparer
{
    public static bool Equal(FieldType leftType, ReadOnlySpan<byte> left, FieldType rightType, ReadOnlySpan<byte> right)
    {
        leftType = FieldTypes.Normalized(leftType);
        if (leftType != FieldTypes.Normalized(rightType))
        {
            return false;
        }

        return leftType switch
        {
            FieldType.Boolean => (left[0] != 0) == (right[0] != 0),
            FieldType.Table => TablesEqual(left, right),
            FieldType.Array => ArraysEqual(left, right),
            FieldType.Float or FieldType.Double => left.SequenceEqual(right) || (IsZero(left) && IsZero(right)),
            _ => left.SequenceEqual(right),
        };
    }

    /// <summary>A hash that agrees with <see cref="Equal"/>: nested values take part by type only.</summary>
    public static int Hash(FieldType type, ReadOnlySpan<byte> payload)
    {
        int value = FieldTypes.Normalized(type) switch
        {
            FieldType.Boolean => payload[0] != 0 ? 1 : 0,
            FieldType.Table or FieldType.Array => 0,
            FieldType.Float or FieldType.Double when IsZero(payload) => 0,
            _ => ByteHash.Compute(payload),
        };
        return HashCode.Combine(FieldTypes.Normalized(type), value);
    }

    /// <summary>Whether a number of IEEE 754 is 0.0 or -0.0.</summary>
    private static bool IsZero(ReadOnlySpan<byte> number) =>
        (number[0] & 0x7F) == 0 && !number[1..].ContainsAnyExcept((byte)0);

    /// <summary>Nested tables are compared in the order they have: RabbitMQ sorts only the outermost.</summary>
    private static bool TablesEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var l = new FieldTableScanner(left);
        var r = new FieldTableScanner(right);
        while (l.MoveNext())
        {
            if (!r.MoveNext() || !l.Name.SequenceEqual(r.Name) || !Equal(l.Type, l.Payload, r.Type, r.Payload))
            {
                return false;
            }
        }

        return !r.MoveNext();
    }

    private static bool ArraysEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        while (!left.IsEmpty && !right.IsEmpty)
        {
            int l = FieldEncoding.Locate(left, out FieldType leftType, out int leftOffset, out int leftLength);
            int r = FieldEncoding.Locate(right, out FieldType rightType, out int rightOffset, out int rightLength);
            if (!Equal(leftType, left.Slice(leftOffset, leftLength), rightType, right.Slice(rightOffset, rightLength)))
            {
                return false;
            }

            left = left[l..];
            right = right[r..];
        }

        return left.IsEmpty && right.IsEmpty;
    }
}
