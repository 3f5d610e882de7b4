using System.Buffers.Binary;
using System.Numerics;

namespace AmqpBroker.Protocol;

/// <summary>Content properties of class basic, as they are on the wire: 16 bits of flags and the values that are present.</summary>
public static class BasicProperties
{
    /// <summary>No property: just the flags.</summary>
    public static readonly ReadOnlyMemory<byte> None = new byte[FlagsSize];

    /// <summary>Octets of the flags.</summary>
    internal const int FlagsSize = 2;

    /// <summary>The lowest bit announces further flags. The class has none; RabbitMQ fails on it, and ignores the bit above.</summary>
    private const int ContinuationFlag = 0x0001;

    /// <summary>The bits that are properties.</summary>
    private const int PropertyFlags = 0xFFFC;

    /// <summary>Finds the properties in the flags and list of a content header. Allocates nothing.</summary>
    /// <param name="flagsAndList">What a <see cref="ContentHeader"/> gives as its properties.</param>
    /// <exception cref="ConnectionException">502: more flags than class basic has, values that end too early or too late, or a
    /// malformed headers table.</exception>
    public static BasicPropertiesView Scan(ReadOnlySpan<byte> flagsAndList)
    {
        if (flagsAndList.Length < FlagsSize)
        {
            throw Malformed("content properties without flags");
        }

        int flags = BinaryPrimitives.ReadUInt16BigEndian(flagsAndList);
        if ((flags & ContinuationFlag) != 0)
        {
            throw Malformed("flags of content properties that class basic does not have");
        }

        var view = new BasicPropertiesView(flagsAndList, flags);
        int position = FlagsSize;
        for (uint rest = (uint)(flags & PropertyFlags) << 16; rest != 0;)
        {
            int property = BitOperations.LeadingZeroCount(rest);
            rest &= ~(0x8000_0000 >> property);
            view.SetOffset(property, position);
            position += ValueSize(BasicPropertyKinds.All[property], flagsAndList[position..]);
        }

        if (position != flagsAndList.Length)
        {
            throw Malformed($"{flagsAndList.Length - position} octets after the last content property");
        }

        return view;
    }

    /// <summary>Octets of a value with its length prefix; checks that they are there.</summary>
    private static int ValueSize(BasicPropertyKind kind, ReadOnlySpan<byte> rest)
    {
        int size = kind switch
        {
            BasicPropertyKind.Shortstr => rest.IsEmpty ? int.MaxValue : 1 + rest[0],
            BasicPropertyKind.Octet => 1,
            BasicPropertyKind.Timestamp => 8,
            _ => TableSize(rest),
        };
        if (size > rest.Length)
        {
            throw Malformed("a content property that ends too early");
        }

        return size;
    }

    private static int TableSize(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 4)
        {
            return int.MaxValue;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > (uint)(rest.Length - 4))
        {
            return int.MaxValue;
        }

        FieldTable.Validate(rest.Slice(4, (int)length));
        return 4 + (int)length;
    }

    private static ConnectionException Malformed(string what) => new(ReplyCode.SyntaxError, what);
}
