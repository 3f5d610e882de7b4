using System.Buffers.Binary;

namespace AmqpBroker.Protocol;

/// <summary>One frame (section 4.2.3 of the specification); the payload is a part of the buffer it was read from.</summary>
public readonly ref struct Frame
{
    /// <summary>Octets before the payload: type, channel, payload size.</summary>
    public const int HeaderSize = 7;

    /// <summary>Octets of a frame besides its payload: the header and the end octet.</summary>
    public const int Overhead = HeaderSize + 1;

    /// <summary>A frame of these parts.</summary>
    public Frame(byte type, ushort channel, ReadOnlySpan<byte> payload)
    {
        Type = type;
        Channel = channel;
        Payload = payload;
    }

    /// <summary>One of <see cref="FrameType"/>.</summary>
    public byte Type { get; }

    /// <summary>The channel number; 0 is the connection itself.</summary>
    public ushort Channel { get; }

    /// <summary>What the frame carries.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Splits the payload of a method frame into the method's key and its arguments.</summary>
    /// <exception cref="ConnectionException">501: the payload is too short for a class and a method id.</exception>
    public uint ReadMethodKey(out ReadOnlySpan<byte> arguments)
    {
        if (Payload.Length < 4)
        {
            throw FrameErrors.UnknownFrame(this);
        }

        arguments = Payload[4..];
        return BinaryPrimitives.ReadUInt32BigEndian(Payload);
    }
}
