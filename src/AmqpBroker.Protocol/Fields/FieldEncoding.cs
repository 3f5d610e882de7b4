using System.Buffers.Binary;

namespace AmqpBroker.Protocol;

/// <summary>Finds the parts of encoded field values and refuses what is not well-formed, with 502 SYNTAX_ERROR.</summary>
internal static class FieldEncoding
{
    /// <summary>
    /// How deep tables and arrays may be nested. Five bytes make one level, so a single frame could hold 26,000 of them and
    /// end the process by a stack overflow. 64 is what JSON readers take by default, and headers are flatter than JSON.
    /// </summary>
    public const int MaxDepth = 64;

    private const int LengthPrefixBytes = 4;

    /// <summary>
    /// Where the value at the start of <paramref name="source"/> is: its type, and its payload without the length prefix.
    /// Gives the number of bytes of type, prefix and payload together.
    /// </summary>
    public static int Locate(ReadOnlySpan<byte> source, out FieldType type, out int payloadOffset, out int payloadLength)
    {
        if (source.IsEmpty)
        {
            throw Malformed("a field without a value");
        }

        type = (FieldType)source[0];
        payloadOffset = 1;
        payloadLength = FixedSize(source[0]);
        if (payloadLength < 0)
        {
            if (source.Length < 1 + LengthPrefixBytes)
            {
                throw Malformed("a field value that ends too early");
            }

            uint length = BinaryPrimitives.ReadUInt32BigEndian(source[1..]);
            payloadOffset = 1 + LengthPrefixBytes;
            if (length > (uint)(source.Length - payloadOffset))
            {
                throw Malformed($"a field value of {length} octets where {source.Length - payloadOffset} are left");
            }

            payloadLength = (int)length;
        }
        else if (payloadLength > source.Length - 1)
        {
            throw Malformed("a field value that ends too early");
        }

        return payloadOffset + payloadLength;
    }

    /// <summary>Walks a whole table, nested ones included; allocates nothing unless it throws.</summary>
    public static void ValidateTable(ReadOnlySpan<byte> table, int depth = 1)
    {
        CheckDepth(depth);
        while (!table.IsEmpty)
        {
            int nameEnd = 1 + table[0];
            if (nameEnd > table.Length)
            {
                throw Malformed("a field name that ends too early");
            }

            table = table[nameEnd..];
            table = table[ValidateValue(table, depth)..];
        }
    }

    private static void ValidateArray(ReadOnlySpan<byte> array, int depth)
    {
        CheckDepth(depth);
        while (!array.IsEmpty)
        {
            array = array[ValidateValue(array, depth)..];
        }
    }

    private static int ValidateValue(ReadOnlySpan<byte> source, int depth)
    {
        int consumed = Locate(source, out FieldType type, out int offset, out int length);
        if (type == FieldType.Table)
        {
            ValidateTable(source.Slice(offset, length), depth + 1);
        }
        else if (type == FieldType.Array)
        {
            ValidateArray(source.Slice(offset, length), depth + 1);
        }

        return consumed;
    }

    /// <summary>Bytes of the payload, or -1 for types with a length prefix.</summary>
    private static int FixedSize(byte letter)
    {
        switch (letter)
        {
            case (byte)'S' or (byte)'F' or (byte)'A' or (byte)'x':
                return -1;
            case (byte)'I' or (byte)'i' or (byte)'f':
                return 4;
            case (byte)'l' or (byte)'L' or (byte)'d' or (byte)'T':
                return 8;
            case (byte)'t' or (byte)'b' or (byte)'B':
                return 1;
            case (byte)'s' or (byte)'u':
                return 2;
            case (byte)'D':
                return 5;
            case (byte)'V':
                return 0;
            default:
                throw Malformed($"a field value of the unknown type {letter}");
        }
    }

    private static void CheckDepth(int depth)
    {
        if (depth > MaxDepth)
        {
            throw Malformed($"field tables nested deeper than {MaxDepth}");
        }
    }

    private static ConnectionException Malformed(string what) => new(ReplyCode.SyntaxError, what);
}
