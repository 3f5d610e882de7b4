using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AmqpBroker.Core.Messages;
using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Output;

/// <summary>
/// Writes a message as content frames: a header frame, and body frames of at most the negotiated frame_max (specification
/// 2.3.5.2). Stops when the send buffer is full and goes on from there at the next call. One thread at a time.
/// </summary>
internal sealed class ContentEncoder
{
    private const int FrameHeaderBytes = Frame.HeaderSize;
    private const int FrameOverheadBytes = Frame.Overhead;

    /// <summary>class, weight, body size.</summary>
    private const int ContentHeaderBytes = 12;

    private const byte FrameEnd = AmqpConstants.FrameEnd;

    private enum Phase
    {
        Start,
        Properties,
        PropertiesEnd,
        BodyStart,
        Body,
        BodyEnd,
    }

    private Phase _phase;
    private int _propertiesWritten;
    private int _piece;
    private int _pieceOffset;
    private long _bodyLeft;
    private int _frameLeft;

    /// <summary>The longest body frame's payload in bytes; frame_max less what a frame takes.</summary>
    public int MaxPayloadBytes { get; set; } = int.MaxValue;

    /// <summary>Writes the content, or goes on with it.</summary>
    /// <returns>Whether the content is complete; false when the buffer must be sent first.</returns>
    public bool Write(SendBuffer buffer, ushort channel, Message message)
    {
        if (_phase == Phase.Start && TryWriteSmall(buffer, channel, message))
        {
            return true;
        }

        while (true)
        {
            switch (_phase)
            {
                case Phase.Start:
                    if (!WriteHeader(buffer, channel, message))
                    {
                        return false;
                    }

                    break;
                case Phase.Properties:
                    _propertiesWritten += buffer.Copy(message.Properties[_propertiesWritten..]);
                    if (_propertiesWritten < message.Properties.Length)
                    {
                        return false;
                    }

                    _phase = Phase.PropertiesEnd;
                    break;
                case Phase.PropertiesEnd:
                    if (!WriteEnd(buffer))
                    {
                        return false;
                    }

                    _phase = Phase.BodyStart;
                    break;
                case Phase.BodyStart:
                    if (_bodyLeft == 0)
                    {
                        _phase = Phase.Start;
                        return true;
                    }

                    if (!StartBodyFrame(buffer, channel))
                    {
                        return false;
                    }

                    break;
                case Phase.Body:
                    if (!WriteBody(buffer, message))
                    {
                        return false;
                    }

                    _phase = Phase.BodyEnd;
                    break;
                case Phase.BodyEnd:
                    if (!WriteEnd(buffer))
                    {
                        return false;
                    }

                    _phase = Phase.BodyStart;
                    break;
            }
        }
    }

    /// <summary>The usual case: everything fits into the buffer and the body into one frame.</summary>
    private bool TryWriteSmall(SendBuffer buffer, ushort channel, Message message)
    {
        ReadOnlySpan<ContentSlice> body = message.Body;
        ReadOnlySpan<byte> properties = message.Properties;
        long length = message.BodyLength;
        if (length >= SendBuffer.ReferenceBytes || length > MaxPayloadBytes || body.Length > 1)
        {
            return false;
        }

        int header = FrameOverheadBytes + ContentHeaderBytes + properties.Length;
        int total = header + (length == 0 ? 0 : FrameOverheadBytes + (int)length);
        if (buffer.Room < total)
        {
            return false;
        }

        Span<byte> free = buffer.Free;
        WriteHeaderStart(free, channel, properties.Length, length);
        properties.CopyTo(free[(FrameHeaderBytes + ContentHeaderBytes)..]);
        free[header - 1] = FrameEnd;
        if (length > 0)
        {
            Span<byte> frame = free[header..];
            FrameWriter.WriteHeader(frame, FrameType.Body, channel, (int)length);
            body[0].Span.CopyTo(frame[FrameHeaderBytes..]);
            frame[FrameHeaderBytes + (int)length] = FrameEnd;
        }

        buffer.Advance(total);
        return true;
    }

    private bool WriteHeader(SendBuffer buffer, ushort channel, Message message)
    {
        if (buffer.Room < FrameHeaderBytes + ContentHeaderBytes)
        {
            return false;
        }

        WriteHeaderStart(buffer.Free, channel, message.Properties.Length, message.BodyLength);
        buffer.Advance(FrameHeaderBytes + ContentHeaderBytes);
        _propertiesWritten = 0;
        _bodyLeft = message.BodyLength;
        _piece = 0;
        _pieceOffset = 0;
        _phase = Phase.Properties;
        return true;
    }

    private bool StartBodyFrame(SendBuffer buffer, ushort channel)
    {
        if (buffer.Room < FrameHeaderBytes)
        {
            return false;
        }

        _frameLeft = (int)Math.Min(_bodyLeft, MaxPayloadBytes);
        FrameWriter.WriteHeader(buffer.Free, FrameType.Body, channel, _frameLeft);
        buffer.Advance(FrameHeaderBytes);
        _phase = Phase.Body;
        return true;
    }

    private bool WriteBody(SendBuffer buffer, Message message)
    {
        ReadOnlySpan<ContentSlice> pieces = message.Body;
        while (_frameLeft > 0)
        {
            int room = buffer.Room;
            if (room == 0)
            {
                return false;
            }

            ContentSlice piece = pieces[_piece];
            int count = Math.Min(_frameLeft, piece.Length - _pieceOffset);
            if (count >= SendBuffer.ReferenceBytes && MemoryMarshal.TryGetArray<byte>(piece.Memory.Slice(_pieceOffset, count), out ArraySegment<byte> segment))
            {
                buffer.Refer(segment);
            }
            else
            {
                count = Math.Min(count, room);
                buffer.Copy(piece.Span.Slice(_pieceOffset, count));
            }

            Advance(count, piece.Length);
        }

        return true;
    }

    private void Advance(int count, int pieceLength)
    {
        _frameLeft -= count;
        _bodyLeft -= count;
        _pieceOffset += count;
        if (_pieceOffset == pieceLength)
        {
            _piece++;
            _pieceOffset = 0;
        }
    }

    private static bool WriteEnd(SendBuffer buffer) => buffer.Copy([FrameEnd]) == 1;

    private static void WriteHeaderStart(Span<byte> span, ushort channel, int propertiesLength, long bodyLength)
    {
        FrameWriter.WriteHeader(span, FrameType.Header, channel, ContentHeaderBytes + propertiesLength);
        BinaryPrimitives.WriteUInt32BigEndian(span[FrameHeaderBytes..], (uint)BasicPublish.ClassId << 16);
        BinaryPrimitives.WriteInt64BigEndian(span[(FrameHeaderBytes + 4)..], bodyLength);
    }
}
