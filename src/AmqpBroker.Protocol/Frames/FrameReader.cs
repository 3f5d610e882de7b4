using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace AmqpBroker.Protocol;

/// <summary>Finds frames in a buffer of received bytes. Keeps nothing between calls.</summary>
public static class FrameReader
{
    /// <summary>
    /// Reads the frame at the start of <paramref name="buffer"/>. Gives false, and consumes nothing, when it is not complete.
    /// The size is checked as soon as it is known, so that no one waits for (or buffers) a payload that is too large. As in
    /// RabbitMQ it may exceed by the frame's own 8 octets what was negotiated.
    /// </summary>
    /// <param name="buffer">Bytes received and not yet consumed.</param>
    /// <param name="maxFrameSize">The negotiated frame-max in octets; not 0.</param>
    /// <param name="frame">The frame; its payload is a part of <paramref name="buffer"/>.</param>
    /// <param name="consumed">Octets of the whole frame.</param>
    /// <exception cref="ConnectionException">501: too large, without the frame-end octet, of an unknown type, or a heartbeat with a payload.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> buffer, uint maxFrameSize, out Frame frame, out int consumed)
    {
        frame = default;
        consumed = 0;
        if (buffer.Length < Frame.HeaderSize)
        {
            return false;
        }

        byte type = buffer[0];
        uint size = BinaryPrimitives.ReadUInt32BigEndian(buffer[3..]);
        if (size > maxFrameSize)
        {
            ThrowTooLarge(type, size, maxFrameSize);
        }

        if ((uint)(buffer.Length - Frame.HeaderSize) <= size)
        {
            return false;
        }

        int end = Frame.HeaderSize + (int)size;
        ReadOnlySpan<byte> payload = buffer[Frame.HeaderSize..end];
        if (buffer[end] != AmqpConstants.FrameEnd)
        {
            ThrowInvalidEndMarker(type, payload, buffer[end]);
        }

        frame = new Frame(type, BinaryPrimitives.ReadUInt16BigEndian(buffer[1..]), payload);
        if (!FrameType.IsKnown(type) || (type == FrameType.Heartbeat && size != 0))
        {
            ThrowUnknown(frame);
        }

        consumed = end + 1;
        return true;
    }

    private static void ThrowTooLarge(byte type, uint size, uint max) => throw FrameErrors.TooLarge(type, size, max);

    private static void ThrowInvalidEndMarker(byte type, ReadOnlySpan<byte> payload, byte marker) =>
        throw FrameErrors.InvalidEndMarker(type, payload, marker);

    private static void ThrowUnknown(in Frame frame) => throw FrameErrors.UnknownFrame(frame);
}
