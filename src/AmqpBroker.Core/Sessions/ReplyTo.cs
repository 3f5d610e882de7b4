using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>
/// Names of direct reply-to: a client consumes from a pseudo queue, and its requests carry a name that leads back to its
/// channel and that nobody can guess.
/// </summary>
internal static class ReplyTo
{
    /// <summary>What clients consume from and put into reply-to.</summary>
    internal static readonly ShortString PseudoQueue = ShortString.FromString("amq.rabbitmq.reply-to");

    /// <summary>128 bits: as many as a random UUID, not to be guessed.</summary>
    private const int TokenBytes = 16;

    internal static bool IsReplyName(ShortString name) =>
        name.Length > PseudoQueue.Length && name.Bytes.StartsWith(PseudoQueue.Bytes) && name.Bytes[PseudoQueue.Length] == '.';

    internal static ShortString Generate(Action<Span<byte>> fillRandom)
    {
        Span<byte> token = stackalloc byte[TokenBytes];
        fillRandom(token);
        return ShortString.FromString($"{PseudoQueue}.{Convert.ToHexStringLower(token)}");
    }
}
