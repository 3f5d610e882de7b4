using System.Globalization;
using System.Numerics;
using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>The <c>expiration</c> property of a message: milliseconds as decimal digits, a sign allowed.</summary>
public static class Expiration
{
    /// <summary>Where RabbitMQ's printing of a term breaks the line.</summary>
    private const int LineLength = 78;

    /// <summary>The time to live in milliseconds, 0 to ten years. Allocates nothing if the text is valid.</summary>
    /// <exception cref="ChannelException">406: not an integer, negative or too large.</exception>
    public static long Parse(ReadOnlySpan<byte> text)
    {
        int start = text is [(byte)'-' or (byte)'+', ..] ? 1 : 0;
        int end = start;
        long value = 0;
        while (end < text.Length && text[end] is >= (byte)'0' and <= (byte)'9')
        {
            // Beyond the limit only the fact counts; the text of the error reads the digits again.
            value = Math.Min((value * 10) + (text[end] - '0'), ArgumentChecks.MaxTimeMs + 1);
            end++;
        }

        bool isNegative = text is [(byte)'-', ..] && value > 0;
        return end > start && end == text.Length && value <= ArgumentChecks.MaxTimeMs && !isNegative
            ? value
            : throw Invalid(text, start, end);
    }

    private static ChannelException Invalid(ReadOnlySpan<byte> text, int digitsStart, int digitsEnd)
    {
        string prefix = $"invalid expiration '{Encoding.UTF8.GetString(text)}': ";
        return new ChannelException(ReplyCode.PreconditionFailed, prefix + Reason(text, digitsStart, digitsEnd, prefix.Length));
    }

    private static string Reason(ReadOnlySpan<byte> text, int digitsStart, int digitsEnd, int column)
    {
        if (digitsStart == digitsEnd)
        {
            return "no_integer";
        }

        if (digitsEnd < text.Length)
        {
            return Pair("leftover_string", ErlangTerm.FormatCharacters(text[digitsEnd..]), column);
        }

        var value = BigInteger.Parse(Encoding.ASCII.GetString(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return Pair(
            value.Sign < 0 ? "value_negative" : "value_too_large",
            value.ToString(CultureInfo.InvariantCulture),
            column);
    }

    /// <summary>A pair as Erlang prints it from this column on: one that does not fit the line goes on in the next.</summary>
    private static string Pair(string tag, string value, int column)
    {
        bool fits = column + tag.Length + value.Length + "{,}".Length <= LineLength;
        return fits ? $"{{{tag},{value}}}" : $"{{{tag},\n{new string(' ', column + 1)}{value}}}";
    }
}
