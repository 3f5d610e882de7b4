using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace AmqpBroker.Protocol;

/// <summary>
/// Reads the elementary types of AMQP 0-9-1 (section 4.2.5 of the specification, big-endian) from the arguments of one method.
/// As in RabbitMQ, arguments that end too early or too late are a 501 FRAME_ERROR (<c>cannot decode &lt;&lt;…&gt;&gt;</c>); a field table
/// that is malformed inside is a 502 SYNTAX_ERROR.
/// </summary>
public ref struct AmqpReader
{
    private readonly ReadOnlySpan<byte> _buffer;
    private readonly ShortStringCache? _cache;
    private int _position;

    /// <summary>A reader of <paramref name="buffer"/>; short strings come from <paramref name="cache"/> if there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AmqpReader(ReadOnlySpan<byte> buffer, ShortStringCache? cache = null)
    {
        _buffer = buffer;
        _cache = cache;
        _position = 0;
    }

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    /// <summary>Bytes not yet read.</summary>
    public readonly int Remaining => _buffer.Length - _position;

    /// <summary>One byte: an octet, or up to eight bits packed from the lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte ReadOctet()
    {
        int position = _position;
        if ((uint)position >= (uint)_buffer.Length)
        {
            ThrowCannotDecode();
        }

        _position = position + 1;
        return _buffer[position];
    }

    /// <summary>16 bits, unsigned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort ReadShort() => BinaryPrimitives.ReadUInt16BigEndian(ReadBytes(2));

    /// <summary>32 bits, unsigned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadLong() => BinaryPrimitives.ReadUInt32BigEndian(ReadBytes(4));

    /// <summary>64 bits, unsigned; also a timestamp in seconds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadLongLong() => BinaryPrimitives.ReadUInt64BigEndian(ReadBytes(8));

    /// <summary>A short string: one byte of length, then as many bytes.</summary>
    public ShortString ReadShortString()
    {
        ReadOnlySpan<byte> bytes = ReadBytes(ReadOctet());
        return _cache is { } cache ? cache.Get(bytes) : ShortString.FromBytes(bytes);
    }

    /// <summary>A long string: four bytes of length, then as many bytes. The span is a part of the buffer.</summary>
    public ReadOnlySpan<byte> ReadLongString()
    {
        uint length = ReadLong();
        if (length > (uint)Remaining)
        {
            ThrowCannotDecode();
        }

        return ReadBytes((int)length);
    }

    /// <summary>A field table, validated and copied.</summary>
    public FieldTable ReadTable()
    {
        ReadOnlySpan<byte> raw = ReadLongString();
        if (raw.IsEmpty)
        {
            return FieldTable.Empty;
        }

        FieldTable.Validate(raw);
        return FieldTable.FromValidated(raw.ToArray());
    }

    /// <summary>The next <paramref name="count"/> bytes as a part of the buffer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        int position = _position;
        if ((uint)count > (uint)(_buffer.Length - position))
        {
            ThrowCannotDecode();
        }

        _position = position + count;
        return _buffer.Slice(position, count);
    }

    /// <summary>Refuses bytes after the last argument, as RabbitMQ does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void ExpectEnd()
    {
        if (_position != _buffer.Length)
        {
            ThrowCannotDecode();
        }
    }

    private readonly void ThrowCannotDecode() => throw FrameErrors.CannotDecode(_buffer);
}
