using System.Buffers.Binary;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>The headers of a message that is being routed, looked at without allocating.</summary>
internal static class HeaderFields
{
    /// <summary>The number, if the type is one of whole numbers (a timestamp is none).</summary>
    public static bool TryReadInteger(FieldType type, ReadOnlySpan<byte> payload, out long number)
    {
        switch (type)
        {
            case FieldType.Byte:
                number = (sbyte)payload[0];
                return true;
            case FieldType.UnsignedByte:
                number = payload[0];
                return true;
            case FieldType.Short:
                number = BinaryPrimitives.ReadInt16BigEndian(payload);
                return true;
            case FieldType.UnsignedShort:
                number = BinaryPrimitives.ReadUInt16BigEndian(payload);
                return true;
            case FieldType.SignedInt:
                number = BinaryPrimitives.ReadInt32BigEndian(payload);
                return true;
            case FieldType.UnsignedInt:
                number = BinaryPrimitives.ReadUInt32BigEndian(payload);
                return true;
            case FieldType.Long:
            case FieldType.LongAlias:
                number = BinaryPrimitives.ReadInt64BigEndian(payload);
                return true;
            default:
                number = 0;
                return false;
        }
    }

    /// <summary>Finds the first header of this name. Gives false if there is none.</summary>
    public static bool TryFind(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name, out FieldType type, out ReadOnlySpan<byte> payload)
    {
        var scanner = new FieldTableScanner(headers);
        while (scanner.MoveNext())
        {
            if (scanner.Name.SequenceEqual(name))
            {
                type = scanner.Type;
                payload = scanner.Payload;
                return true;
            }
        }

        type = FieldType.Void;
        payload = default;
        return false;
    }
}
