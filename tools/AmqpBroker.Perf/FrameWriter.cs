using System.Buffers.Binary;
using System.Text;

namespace AmqpBroker.Perf;

/// <summary>Encodes AMQP 0-9-1 frames into a growing buffer. For setting up and for templates, not for the hot loops.</summary>
internal sealed class FrameWriter
{
    private byte[] _buffer = new byte[512];
    private int _length;
    private int _frameStart;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public int Length => _length;

    public FrameWriter Method(ushort channel, ushort classId, ushort methodId) =>
        Frame(1, channel).Short(classId).Short(methodId);

    public FrameWriter Frame(byte type, ushort channel)
    {
        _frameStart = _length;
        return Octet(type).Short(channel).Long(0);
    }

    /// <summary>Fills in the size of the frame begun last and closes it.</summary>
    public FrameWriter End()
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_frameStart + 3), _length - _frameStart - 7);
        return Octet(0xCE);
    }

    public FrameWriter Octet(byte value)
    {
        Reserve(1)[0] = value;
        return this;
    }

    public FrameWriter Short(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), value);
        return this;
    }

    public FrameWriter Long(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);
        return this;
    }

    public FrameWriter LongLong(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Reserve(8), value);
        return this;
    }

    public FrameWriter ShortString(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        return Octet(checked((byte)bytes.Length)).Bytes(bytes);
    }

    public FrameWriter LongString(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        return Long((uint)bytes.Length).Bytes(bytes);
    }

    /// <summary>A field table whose values are all long strings.</summary>
    public FrameWriter Table(params ReadOnlySpan<(string Key, string Value)> fields)
    {
        int sizeAt = _length;
        Long(0);
        foreach ((string key, string value) in fields)
        {
            ShortString(key).Octet((byte)'S').LongString(value);
        }
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(sizeAt), _length - sizeAt - 4);
        return this;
    }

    public FrameWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        return this;
    }

    public void Clear() => _length = 0;

    private Span<byte> Reserve(int count)
    {
        if (_length + count > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        }
        Span<byte> span = _buffer.AsSpan(_length, count);
        _length += count;
        return span;
    }
}
