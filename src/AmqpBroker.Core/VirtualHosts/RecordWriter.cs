using System.Buffers;
using System.Buffers.Binary;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>Writes the elements of a journal record or image: whole numbers as variable-length integers, names as short strings.</summary>
internal readonly ref struct RecordWriter(IBufferWriter<byte> output)
{
    private const int LongestVarint = 10;

    internal void Byte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    internal void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>A non-negative number, seven bits a byte, the lowest first.</summary>
    internal void Number(long value)
    {
        Span<byte> span = output.GetSpan(LongestVarint);
        ulong rest = (ulong)value;
        int length = 0;
        while (rest >= 0x80)
        {
            span[length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        span[length++] = (byte)rest;
        output.Advance(length);
    }

    internal void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    internal void Name(ShortString value)
    {
        Span<byte> span = output.GetSpan(value.Length + 1);
        span[0] = (byte)value.Length;
        value.Bytes.CopyTo(span[1..]);
        output.Advance(value.Length + 1);
    }

    internal void Bytes(ReadOnlySpan<byte> value)
    {
        Number(value.Length);
        output.Write(value);
    }

    internal void Table(FieldTable value) => Bytes(value.RawBytes.Span);
}
