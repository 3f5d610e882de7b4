using System.Text;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Clients;

/// <summary>What the broker said to a <see cref="BrokerClient"/>.</summary>
/// <param name="Key">The method.</param>
/// <param name="Message">What came with it; null for methods other than basic.get-ok.</param>
/// <param name="Fault">Why it closed the channel or the connection; null for other methods.</param>
internal sealed record ClientReply(uint Key, TakenMessage? Message, (ReplyCode Code, string Text)? Fault)
{
    /// <summary>Reads the methods of a chunk, in their order.</summary>
    /// <param name="chunk">What the session had for its client.</param>
    /// <param name="keptBodyBytes">How much of a body is kept.</param>
    /// <param name="replies">Where they go.</param>
    internal static void ReadAll(OutboundChunk chunk, int keptBodyBytes, Queue<ClientReply> replies)
    {
        ReadOnlySpan<byte> arena = chunk.Arena;
        int at = 0;
        foreach (OutboundChunk.Item item in chunk.Items)
        {
            Read(arena[at..item.ArenaEnd], item.Content, keptBodyBytes, replies);
            at = item.ArenaEnd;
        }

        Read(arena[at..], null, keptBodyBytes, replies);
    }

    private static void Read(ReadOnlySpan<byte> frames, Message? content, int keptBodyBytes, Queue<ClientReply> replies)
    {
        while (FrameReader.TryRead(frames, uint.MaxValue, out Frame frame, out int consumed))
        {
            frames = frames[consumed..];
            uint key = frame.ReadMethodKey(out ReadOnlySpan<byte> arguments);
            var reader = new AmqpReader(arguments);
            replies.Enqueue(key switch
            {
                MethodKey.BasicGetOk => new ClientReply(key, Take(BasicGetOk.Read(ref reader), content!, keptBodyBytes), null),
                MethodKey.ChannelClose => Closed(key, ChannelClose.Read(ref reader) is var close ? (close.ReplyCode, close.ReplyText) : default),
                MethodKey.ConnectionClose => Closed(key, ConnectionClose.Read(ref reader) is var close ? (close.ReplyCode, close.ReplyText) : default),
                _ => new ClientReply(key, null, null),
            });
        }
    }

    private static ClientReply Closed(uint key, (ReplyCode Code, ShortString Text) close)
    {
        string prefix = $"{close.Code.RabbitName()} - ";
        string text = close.Text.ToString();
        return new ClientReply(key, null, (close.Code, text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text));
    }

    private static TakenMessage Take(in BasicGetOk got, Message content, int keptBodyBytes)
    {
        byte[] body = new byte[Math.Min(content.BodyLength, keptBodyBytes)];
        int at = 0;
        foreach (ContentSlice part in content.Body)
        {
            ReadOnlySpan<byte> bytes = part.Span[..Math.Min(part.Length, body.Length - at)];
            bytes.CopyTo(body.AsSpan(at));
            at += bytes.Length;
        }

        return new TakenMessage(
            got.DeliveryTag,
            got.Redelivered,
            Encoding.UTF8.GetString(got.Exchange.Bytes),
            Encoding.UTF8.GetString(got.RoutingKey.Bytes),
            got.MessageCount,
            content.BodyLength,
            body,
            PlainProperties.Decode(content.Properties));
    }
}
