using System.Buffers.Binary;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>Reads what <see cref="RecordWriter"/> wrote.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> record, ShortStringCache? names = null)
{
    private readonly ReadOnlySpan<byte> _record = record;

    internal int Offset { get; private set; }

    internal readonly bool AtEnd => Offset == _record.Length;

    internal byte Byte() => Take(1)[0];

    internal bool Flag() => Byte() != 0;

    /// <exception cref="InvalidDataException">The record ends early, or the number is longer than 64 bits.</exception>
    internal long Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (long)value;
            }
        }

        throw new InvalidDataException("A number in a record has no end.");
    }

    internal int Count()
    {
        long value = Number();
        return value is >= 0 and <= int.MaxValue ? (int)value : throw new InvalidDataException($"{value} is no count.");
    }

    internal long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    internal ShortString Name()
    {
        ReadOnlySpan<byte> bytes = Take(Byte());
        return names is null ? ShortString.FromBytes(bytes) : names.Get(bytes);
    }

    internal ReadOnlySpan<byte> Bytes() => Take(Count());

    internal FieldTable Table() => FieldTable.FromRaw(Bytes().ToArray());

    internal ReadOnlySpan<byte> Take(int length)
    {
        if (length > _record.Length - Offset)
        {
            throw new InvalidDataException($"A record of {_record.Length} bytes ends before its contents do.");
        }

        ReadOnlySpan<byte> taken = _record.Slice(Offset, length);
        Offset += length;
        return taken;
    }
}
