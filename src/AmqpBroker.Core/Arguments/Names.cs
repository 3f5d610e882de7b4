using System.Buffers.Text;
using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Arguments;

/// <summary>Names that clients give, and names that the server makes.</summary>
public static class Names
{
    private const int RandomBytes = 16;

    private static ReadOnlySpan<byte> ReservedPrefix => "amq."u8;

    /// <summary>The name without CR and LF, which RabbitMQ strips from the names of queues and exchanges.</summary>
    public static ShortString Strip(ShortString name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Bytes.IndexOfAny((byte)'\r', (byte)'\n') < 0)
        {
            return name;
        }

        Span<byte> stripped = stackalloc byte[ShortString.MaxLength];
        int length = 0;
        foreach (byte b in name.Bytes)
        {
            if (b is not ((byte)'\r' or (byte)'\n'))
            {
                stripped[length++] = b;
            }
        }

        return ShortString.FromBytes(stripped[..length]);
    }

    /// <summary>Whether the name begins with <c>amq.</c>, which clients may not make names with.</summary>
    public static bool IsReserved(ShortString name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Bytes.StartsWith(ReservedPrefix);
    }

    /// <summary>Refuses a reserved name for a queue that a client declares, whether there is such a queue or not.</summary>
    /// <exception cref="ChannelException">403: the name begins with <c>amq.</c>.</exception>
    public static void CheckDeclaredQueue(ShortString name)
    {
        if (IsReserved(name))
        {
            throw Reserved("queue", name);
        }
    }

    /// <summary>Refuses a reserved name for an exchange that does not exist.</summary>
    /// <exception cref="ChannelException">403: the name begins with <c>amq.</c>.</exception>
    public static void CheckNewExchange(ShortString name)
    {
        if (IsReserved(name))
        {
            throw Reserved("exchange", name);
        }
    }

    /// <summary>A name for a queue that the client gave none: <c>amq.gen-</c> and 22 characters.</summary>
    /// <param name="fillRandom">Fills the span with random bytes that cannot be guessed.</param>
    public static ShortString ServerNamedQueue(Action<Span<byte>> fillRandom) => Make("amq.gen-"u8, fillRandom);

    /// <summary>A consumer tag for a consumer that the client gave none: <c>amq.ctag-</c> and 22 characters.</summary>
    /// <param name="fillRandom">Fills the span with random bytes.</param>
    public static ShortString ConsumerTag(Action<Span<byte>> fillRandom) => Make("amq.ctag-"u8, fillRandom);

    private static ShortString Make(ReadOnlySpan<byte> prefix, Action<Span<byte>> fillRandom)
    {
        ArgumentNullException.ThrowIfNull(fillRandom);
        Span<byte> random = stackalloc byte[RandomBytes];
        fillRandom(random);
        return ShortString.FromString(Encoding.ASCII.GetString(prefix) + Base64Url.EncodeToString(random));
    }

    private static ChannelException Reserved(string kind, ShortString name) =>
        new(ReplyCode.AccessRefused, $"{kind} name '{name}' contains reserved prefix 'amq.*'");
}
