namespace AmqpBroker.Protocol;

/// <summary>
/// Steps through the entries of an encoded field table without allocating. Malformed bytes throw
/// <see cref="ConnectionException"/> (502) at the entry that is wrong; nested tables are not looked into.
/// </summary>
public ref struct FieldTableScanner
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>A scanner of a table's bytes, without their length prefix.</summary>
    public FieldTableScanner(ReadOnlySpan<byte> table)
    {
        _rest = table;
        NextOffset = 0;
    }

    /// <summary>The current entry's name.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The current entry's type.</summary>
    public FieldType Type { get; private set; }

    /// <summary>The current entry's value without type and length prefix.</summary>
    public ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>Where the current entry begins in the table.</summary>
    public int EntryOffset { get; private set; }

    /// <summary>Where the current entry's payload begins in the table.</summary>
    public int PayloadOffset { get; private set; }

    /// <summary>Where the next entry begins in the table.</summary>
    public int NextOffset { get; private set; }

    /// <summary>Goes to the next entry; false at the end.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        int valueOffset = 1 + _rest[0];
        if (valueOffset > _rest.Length)
        {
            throw new ConnectionException(ReplyCode.SyntaxError, "a field name that ends too early");
        }

        Name = _rest[1..valueOffset];
        int consumed = valueOffset
            + FieldEncoding.Locate(_rest[valueOffset..], out FieldType type, out int payloadOffset, out int payloadLength);
        Type = type;
        Payload = _rest.Slice(valueOffset + payloadOffset, payloadLength);
        EntryOffset = NextOffset;
        PayloadOffset = NextOffset + valueOffset + payloadOffset;
        NextOffset += consumed;
        _rest = _rest[consumed..];
        return true;
    }
}
