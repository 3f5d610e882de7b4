using System.Buffers.Binary;
using System.Security.Cryptography;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// The value of the header <c>x-deduplication-header</c> as a key: 128 bits of its SHA-256, so that a long value costs no more
/// memory than a short one, and nobody can find a value that drives out another's. Whole numbers are the same whatever their
/// width, texts and other values only if they are the same bytes.
/// </summary>
internal static class DuplicateKey
{
    private static ReadOnlySpan<byte> HeaderName => "x-deduplication-header"u8;

    /// <summary>Gives false if there is no such header, or none that can be compared: a list, a table or a decimal.</summary>
    public static bool TryRead(ReadOnlySpan<byte> headers, out UInt128 key)
    {
        key = default;
        if (!HeaderFields.TryFind(headers, HeaderName, out FieldType type, out ReadOnlySpan<byte> payload))
        {
            return false;
        }

        Span<byte> number = stackalloc byte[sizeof(long)];
        FieldType kind = type;
        scoped ReadOnlySpan<byte> bytes = payload;
        if (HeaderFields.TryReadInteger(type, payload, out long value))
        {
            BinaryPrimitives.WriteInt64BigEndian(number, value);
            bytes = number;
            kind = FieldType.Long;
        }
        else if (type == FieldType.Binary)
        {
            kind = FieldType.LongString;
        }
        else if (type is FieldType.Array or FieldType.Table or FieldType.Decimal)
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        key = BinaryPrimitives.ReadUInt128BigEndian(hash) ^ (byte)kind;
        return true;
    }
}
