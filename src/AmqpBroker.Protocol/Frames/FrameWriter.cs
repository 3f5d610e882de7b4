using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace AmqpBroker.Protocol;

/// <summary>
/// Writes frames to a buffer of the caller, who asks for the size first. Every write gives the octets written; without room it
/// throws, which is a fault of the program.
/// </summary>
public static class FrameWriter
{
    private const int MethodKeySize = 4;

    /// <summary>Octets of a content header's payload before the properties: class, weight, body size.</summary>
    private const int ContentHeaderFixedSize = 12;

    /// <summary>A heartbeat, as it is on the wire.</summary>
    public static ReadOnlySpan<byte> Heartbeat => [FrameType.Heartbeat, 0, 0, 0, 0, 0, 0, AmqpConstants.FrameEnd];

    /// <summary>Octets of the frame of a method.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MethodSize<T>(in T method)
        where T : struct, IMethod<T> => Frame.Overhead + MethodKeySize + method.Size;

    /// <summary>Writes the frame of a method.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WriteMethod<T>(Span<byte> destination, ushort channel, in T method)
        where T : struct, IMethod<T>
    {
        int payloadSize = MethodKeySize + method.Size;
        WriteHeader(destination, FrameType.Method, channel, payloadSize);
        var writer = new AmqpWriter(destination[Frame.HeaderSize..]);
        writer.WriteLong(MethodKey.Of<T>());
        method.Write(ref writer);
        writer.WriteOctet(AmqpConstants.FrameEnd);
        return Frame.Overhead + payloadSize;
    }

    /// <summary>Octets of the frame of a content header.</summary>
    /// <param name="propertyBytes">Octets of the property flags and list.</param>
    public static int ContentHeaderSize(int propertyBytes) => Frame.Overhead + ContentHeaderFixedSize + propertyBytes;

    /// <summary>Writes the frame of a content header.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="bodyBytes">Octets of the whole body.</param>
    /// <param name="properties">The property flags and list, as they came or as <see cref="BasicPropertiesEditor"/> made them.</param>
    /// <param name="classId">The class of the content; only <c>basic</c> has content.</param>
    public static int WriteContentHeader(
        Span<byte> destination, ushort channel, ulong bodyBytes, ReadOnlySpan<byte> properties, ushort classId = 60)
    {
        int payloadSize = ContentHeaderFixedSize + properties.Length;
        WriteHeader(destination, FrameType.Header, channel, payloadSize);
        var writer = new AmqpWriter(destination[Frame.HeaderSize..]);
        writer.WriteShort(classId);
        writer.WriteShort(0); // weight: always 0
        writer.WriteLongLong(bodyBytes);
        writer.WriteBytes(properties);
        writer.WriteOctet(AmqpConstants.FrameEnd);
        return Frame.Overhead + payloadSize;
    }

    /// <summary>Octets of a body split into frames; a body of no octets has no frame.</summary>
    /// <param name="bodyBytes">Octets of the body.</param>
    /// <param name="maxFrameSize">The negotiated frame-max in octets.</param>
    public static int BodySize(int bodyBytes, uint maxFrameSize)
    {
        int perFrame = BodyBytesPerFrame(maxFrameSize);
        int frames = (int)(((long)bodyBytes + perFrame - 1) / perFrame);
        return checked(bodyBytes + (frames * Frame.Overhead));
    }

    /// <summary>The octets of a body that fit into one frame.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The frame size is below what AMQP allows (4096).</exception>
    public static int BodyBytesPerFrame(uint maxFrameSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxFrameSize, (uint)AmqpConstants.FrameMinSize);
        return (int)Math.Min(maxFrameSize, int.MaxValue) - Frame.Overhead;
    }

    /// <summary>Writes a body as frames of at most <paramref name="maxFrameSize"/> octets.</summary>
    public static int WriteBody(Span<byte> destination, ushort channel, ReadOnlySpan<byte> body, uint maxFrameSize)
    {
        int perFrame = BodyBytesPerFrame(maxFrameSize);
        int written = 0;
        while (!body.IsEmpty)
        {
            int size = Math.Min(body.Length, perFrame);
            WriteHeader(destination[written..], FrameType.Body, channel, size);
            body[..size].CopyTo(destination[(written + Frame.HeaderSize)..]);
            destination[written + Frame.HeaderSize + size] = AmqpConstants.FrameEnd;
            written += Frame.Overhead + size;
            body = body[size..];
        }

        return written;
    }

    /// <summary>Octets of a method with its content: basic.deliver, basic.return, basic.get-ok, basic.publish.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MessageSize<T>(in T method, int propertyBytes, int bodyBytes, uint maxFrameSize)
        where T : struct, IMethod<T> =>
        MethodSize(method) + ContentHeaderSize(propertyBytes) + BodySize(bodyBytes, maxFrameSize);

    /// <summary>Writes a method, its content header and its body.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WriteMessage<T>(
        Span<byte> destination,
        ushort channel,
        in T method,
        ReadOnlySpan<byte> properties,
        ReadOnlySpan<byte> body,
        uint maxFrameSize)
        where T : struct, IMethod<T>
    {
        int written = WriteMethod(destination, channel, method);
        written += WriteContentHeader(destination[written..], channel, (ulong)body.Length, properties);
        return written + WriteBody(destination[written..], channel, body, maxFrameSize);
    }

    /// <summary>Writes the seven octets before a payload; the frame-end octet is the caller's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteHeader(Span<byte> destination, byte type, ushort channel, int payloadBytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination[3..], (uint)payloadBytes);
        BinaryPrimitives.WriteUInt16BigEndian(destination[1..], channel);
        destination[0] = type;
    }
}
