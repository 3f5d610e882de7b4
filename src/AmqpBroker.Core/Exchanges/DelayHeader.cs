using System.Buffers.Binary;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// The header <c>x-delay</c>: for how many milliseconds an <c>x-delayed-message</c> exchange keeps a message. A whole number, or
/// a text or a floating-point number that is one. Receivers find it negated, so that nobody delays the message once more.
/// </summary>
internal static class DelayHeader
{
    /// <summary>The longest delay, 2^53 ms: what every client can express exactly, some 285,000 years.</summary>
    internal const long LongestMs = 1L << 53;

    private static readonly ShortString Name = ShortString.FromString("x-delay");

    /// <summary>The delay that the headers of a message ask for, in milliseconds; 0: none, or none that can be.</summary>
    public static long DelayMs(ReadOnlySpan<byte> headers) => Read(headers) is > 0 and <= LongestMs and { } delay ? delay : 0;

    /// <summary>The content properties of a message whose delay is over.</summary>
    public static byte[] Negate(ReadOnlySpan<byte> properties, FieldTable headers, long delayMs)
    {
        FieldValue negated = -delayMs >= int.MinValue ? FieldValue.FromInt32((int)-delayMs) : FieldValue.FromInt64(-delayMs);
        return new BasicPropertiesEditor(properties.ToArray())
            .SetHeaders(new FieldTableBuilder(headers).Set(Name, negated).SortByName().Build()) // sorted as the plugin leaves them
            .Build();
    }

    private static long? Read(ReadOnlySpan<byte> headers)
    {
        if (!HeaderFields.TryFind(headers, Name.Bytes, out FieldType type, out ReadOnlySpan<byte> payload))
        {
            return null;
        }

        if (HeaderFields.TryReadInteger(type, payload, out long number))
        {
            return number;
        }

        return type switch
        {
            FieldType.LongString => Parse(payload),
            FieldType.Float => Truncate(BinaryPrimitives.ReadSingleBigEndian(payload)),
            FieldType.Double => Truncate(BinaryPrimitives.ReadDoubleBigEndian(payload)),
            _ => null,
        };
    }

    private static long? Parse(ReadOnlySpan<byte> text)
    {
        long value = 0;
        foreach (byte digit in text is [(byte)'+', ..] ? text[1..] : text)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return null;
            }

            value = Math.Min((value * 10) + (digit - '0'), LongestMs + 1);
        }

        return value;
    }

    private static long? Truncate(double number) => number is > 0 and <= LongestMs ? (long)number : null;
}
