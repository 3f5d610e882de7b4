using System.Buffers.Binary;

namespace AmqpBroker.Protocol;

/// <summary>The payload of a header frame: what comes between a method with content and the body.</summary>
public readonly ref struct ContentHeader
{
    /// <summary>Octets before the property flags: class, weight, body size.</summary>
    private const int FixedSize = 12;

    private ContentHeader(ReadOnlySpan<byte> payload)
    {
        ClassId = BinaryPrimitives.ReadUInt16BigEndian(payload);
        Weight = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
        BodyBytes = BinaryPrimitives.ReadUInt64BigEndian(payload[4..]);
        Properties = payload[FixedSize..];
    }

    /// <summary>The class of the method that the content belongs to.</summary>
    public ushort ClassId { get; }

    /// <summary>Not used; 0.</summary>
    public ushort Weight { get; }

    /// <summary>Octets of the whole body, as the sender says: not checked against any limit.</summary>
    public ulong BodyBytes { get; }

    /// <summary>The property flags and list, not yet looked at: see <see cref="BasicProperties.Scan"/>.</summary>
    public ReadOnlySpan<byte> Properties { get; }

    /// <summary>Reads a header frame.</summary>
    /// <exception cref="ConnectionException">501: the frame is too short for a content header.</exception>
    public static ContentHeader Read(in Frame frame)
    {
        if (frame.Payload.Length < FixedSize)
        {
            throw FrameErrors.UnknownFrame(frame);
        }

        return new ContentHeader(frame.Payload);
    }
}
