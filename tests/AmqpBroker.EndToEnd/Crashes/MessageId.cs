using System.Buffers.Binary;

namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>
/// Names a message by its publisher and its place in what that publisher sent, and says all of its body: what comes back can
/// be checked byte by byte without keeping what was sent.
/// </summary>
internal readonly record struct MessageId(int Publisher, int Sequence)
{
    private const int HeadBytes = 8;

    /// <summary>Bodies have up to so many bytes behind their head, so that records of many sizes stand in the journal.</summary>
    private const int MaxFillBytes = 2_000;

    public byte[] ToBody()
    {
        Random fill = new((Publisher * 7919) + Sequence);
        byte[] body = new byte[HeadBytes + fill.Next(MaxFillBytes)];
        fill.NextBytes(body);
        BinaryPrimitives.WriteInt32BigEndian(body, Publisher);
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(4), Sequence);
        return body;
    }

    /// <summary>Reads the name; false if the body is not, to the last byte, what was sent under it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out MessageId id)
    {
        id = default;
        if (body.Length < HeadBytes)
        {
            return false;
        }

        id = new MessageId(BinaryPrimitives.ReadInt32BigEndian(body), BinaryPrimitives.ReadInt32BigEndian(body[4..]));
        return body.SequenceEqual(id.ToBody());
    }
}
