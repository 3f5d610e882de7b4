using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace AmqpBroker.Protocol;

/// <summary>
/// Writes the elementary types of AMQP 0-9-1 (big-endian) one after the other. The caller provides room for everything
/// (each method tells its size beforehand); without room a write throws <see cref="ArgumentException"/> or
/// <see cref="ArgumentOutOfRangeException"/>, which is a fault of the program and not of the peer.
/// </summary>
public ref struct AmqpWriter
{
    private readonly Span<byte> _buffer;
    private int _position;

    /// <summary>A writer to the start of <paramref name="buffer"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AmqpWriter(Span<byte> buffer)
    {
        _buffer = buffer;
        _position = 0;
    }

    /// <summary>Bytes written so far.</summary>
    public readonly int Position => _position;

    /// <summary>One byte: an octet, or up to eight bits packed from the lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteOctet(byte value) => _buffer[_position++] = value;

    /// <summary>16 bits, unsigned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteShort(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

    /// <summary>32 bits, unsigned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteLong(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    /// <summary>64 bits, unsigned; also a timestamp in seconds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteLongLong(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    /// <summary>A short string with its length byte.</summary>
    public void WriteShortString(ShortString value)
    {
        ArgumentNullException.ThrowIfNull(value);
        WriteOctet((byte)value.Length);
        WriteBytes(value.Bytes);
    }

    /// <summary>A short string from at most 255 bytes, with its length byte.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than 255 bytes.</exception>
    public void WriteShortString(ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, ShortString.MaxLength);
        WriteOctet((byte)value.Length);
        WriteBytes(value);
    }

    /// <summary>A long string with its four bytes of length.</summary>
    public void WriteLongString(ReadOnlySpan<byte> value)
    {
        WriteLong((uint)value.Length);
        WriteBytes(value);
    }

    /// <summary>A field table with its four bytes of length.</summary>
    public void WriteTable(FieldTable value)
    {
        ArgumentNullException.ThrowIfNull(value);
        WriteLongString(value.RawBytes.Span);
    }

    /// <summary>Bytes as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Take(int count)
    {
        Span<byte> room = _buffer.Slice(_position, count);
        _position += count;
        return room;
    }
}
