using System.Buffers.Binary;
using System.Text;

namespace AmqpBroker.Protocol;

/// <content>Making values.</content>
public readonly partial struct FieldValue
{
    /// <summary>No value (<c>V</c>).</summary>
    public static FieldValue Void => default;

    /// <summary>A boolean (<c>t</c>).</summary>
    public static FieldValue FromBoolean(bool value) => new(FieldType.Boolean, new[] { value ? (byte)1 : (byte)0 });

    /// <summary>A 32-bit signed integer (<c>I</c>).</summary>
    public static FieldValue FromInt32(int value)
    {
        byte[] payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, value);
        return new FieldValue(FieldType.SignedInt, payload);
    }

    /// <summary>A 64-bit signed integer (<c>l</c>).</summary>
    public static FieldValue FromInt64(long value)
    {
        byte[] payload = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(payload, value);
        return new FieldValue(FieldType.Long, payload);
    }

    /// <summary>A double (<c>d</c>).</summary>
    public static FieldValue FromDouble(double value)
    {
        byte[] payload = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(payload, value);
        return new FieldValue(FieldType.Double, payload);
    }

    /// <summary>A timestamp (<c>T</c>) in seconds since 1970.</summary>
    public static FieldValue FromTimestamp(ulong seconds)
    {
        byte[] payload = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(payload, seconds);
        return new FieldValue(FieldType.Timestamp, payload);
    }

    /// <summary>A long string (<c>S</c>) in UTF-8.</summary>
    public static FieldValue FromString(string value) => new(FieldType.LongString, Encoding.UTF8.GetBytes(value));

    /// <summary>A long string (<c>S</c>) of a name's bytes.</summary>
    public static FieldValue FromString(ShortString value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new FieldValue(FieldType.LongString, value.Memory);
    }

    /// <summary>A long string (<c>S</c>) of these bytes, which must not change afterwards.</summary>
    public static FieldValue FromString(ReadOnlyMemory<byte> value) => new(FieldType.LongString, value);

    /// <summary>A binary (<c>x</c>) of these bytes, which must not change afterwards.</summary>
    public static FieldValue FromBinary(ReadOnlyMemory<byte> value) => new(FieldType.Binary, value);

    /// <summary>A nested table (<c>F</c>).</summary>
    public static FieldValue FromTable(FieldTable value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new FieldValue(FieldType.Table, value.RawBytes);
    }

    /// <summary>An array (<c>A</c>).</summary>
    public static FieldValue FromArray(params ReadOnlySpan<FieldValue> elements)
    {
        int size = 0;
        foreach (FieldValue element in elements)
        {
            size += element.EncodedSize;
        }

        byte[] payload = new byte[size];
        var writer = new AmqpWriter(payload);
        foreach (FieldValue element in elements)
        {
            element.Write(ref writer);
        }

        return new FieldValue(FieldType.Array, payload);
    }
}
