namespace AmqpBroker.Protocol;

/// <summary>
/// Steps through the elements of an encoded array without allocating. Malformed bytes throw
/// <see cref="ConnectionException"/> (502) at the element that is wrong; nested values are not looked into.
/// </summary>
public ref struct FieldArrayScanner
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>A scanner of an array's bytes, without their length prefix.</summary>
    public FieldArrayScanner(ReadOnlySpan<byte> array) => _rest = array;

    /// <summary>The current element's type.</summary>
    public FieldType Type { get; private set; }

    /// <summary>The current element's value without type and length prefix.</summary>
    public ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>Goes to the next element; false at the end.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        int consumed = FieldEncoding.Locate(_rest, out FieldType type, out int payloadOffset, out int payloadLength);
        Type = type;
        Payload = _rest.Slice(payloadOffset, payloadLength);
        _rest = _rest[consumed..];
        return true;
    }
}
