using System.Text;

namespace AmqpBroker.Protocol;

/// <summary>Renders the reply text of a close as RabbitMQ does.</summary>
public static class ReplyText
{
    private static readonly byte[] s_ellipsis = "..."u8.ToArray();

    /// <summary>
    /// <c>NAME - explanation</c>, or <c>NAME</c> when there is none. A text of more than 255 bytes is cut to at most 252, never inside a UTF-8 character, and
    /// ends with <c>...</c>.
    /// </summary>
    public static ShortString Render(ReplyCode code, string explanation)
    {
        byte[] full = Encoding.UTF8.GetBytes(explanation.Length == 0 ? code.RabbitName() : $"{code.RabbitName()} - {explanation}");
        if (full.Length <= ShortString.MaxLength)
        {
            return ShortString.FromBytes(full);
        }

        int cut = ShortString.MaxLength - s_ellipsis.Length;
        while (IsContinuation(full[cut]))
        {
            cut--;
        }

        return ShortString.FromBytes([.. full.AsSpan(0, cut), .. s_ellipsis]);
    }

    private static bool IsContinuation(byte b) => (b & 0xC0) == 0x80;
}
