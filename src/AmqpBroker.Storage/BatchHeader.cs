using System.Buffers.Binary;

namespace AmqpBroker.Storage;

/// <summary>The 64 bytes before the records of a batch, as FORMAT.md states them. Little-endian.</summary>
internal readonly record struct BatchHeader
{
    /// <summary>"AMQJ" as it stands in the file.</summary>
    public const uint Magic = 0x4A514D41;

    public BatchKind Kind { get; init; }

    public ulong JournalId { get; init; }

    public long Epoch { get; init; }

    public long Start { get; init; }

    /// <summary>Bytes after the header.</summary>
    public uint PayloadBytes { get; init; }

    public uint PayloadCrc { get; init; }

    public long Durable { get; init; }

    /// <summary>The header CRC of the batch before.</summary>
    public uint PreviousCrc { get; init; }

    public uint Records { get; init; }

    /// <summary>Of the 60 bytes before it; as it covers the payload's CRC, it stands for the whole batch.</summary>
    public uint HeaderCrc { get; private init; }

    public long End => Start + BatchLayout.HeaderBytes + PayloadBytes;

    /// <summary>The version of the batch, which is that of its segment.</summary>
    public ushort FormatVersion { get; private init; }

    /// <summary>What the first batch of a segment says of it.</summary>
    public SegmentHeader AsSegment() => SegmentHeader.Of(FormatVersion, JournalId, Start, Epoch);

    /// <summary>Writes the header and gives its CRC.</summary>
    public uint WriteTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(target[4..], StoreFormat.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(target[6..], (ushort)Kind);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], JournalId);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Start);
        BinaryPrimitives.WriteUInt32LittleEndian(target[32..], PayloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[36..], PayloadCrc);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], Durable);
        BinaryPrimitives.WriteUInt32LittleEndian(target[48..], PreviousCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(target[52..], Records);
        BinaryPrimitives.WriteUInt32LittleEndian(target[56..], 0);
        uint crc = Crc32C.Of(target[..60]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], crc);
        return crc;
    }

    /// <summary>
    /// Reads what was a header at that position before it was damaged: of three fields that are known, two are right. Where its
    /// batch ends may be wrong.
    /// </summary>
    public static bool TryReadRemnant(ReadOnlySpan<byte> source, ulong journalId, long start, out BatchHeader header)
    {
        header = default;
        if (source.Length < BatchLayout.HeaderBytes)
        {
            return false;
        }

        int right = (BinaryPrimitives.ReadUInt32LittleEndian(source) == Magic ? 1 : 0)
            + (BinaryPrimitives.ReadUInt64LittleEndian(source[8..]) == journalId ? 1 : 0)
            + (BinaryPrimitives.ReadInt64LittleEndian(source[24..]) == start ? 1 : 0);
        header = new BatchHeader { JournalId = journalId, Start = start, PayloadBytes = BinaryPrimitives.ReadUInt32LittleEndian(source[32..]) };
        return right >= 2;
    }

    /// <summary>Reads a header; false when it is none or its checksum is wrong.</summary>
    /// <exception cref="UnsupportedFormatException">It is whole, but of a newer version.</exception>
    public static bool TryRead(ReadOnlySpan<byte> source, out BatchHeader header)
    {
        header = default;
        if (source.Length < BatchLayout.HeaderBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) != Crc32C.Of(source[..60]))
        {
            return false;
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        if (version > StoreFormat.Version)
        {
            throw new UnsupportedFormatException("a batch", version, StoreFormat.Version);
        }

        header = new BatchHeader
        {
            FormatVersion = version,
            Kind = (BatchKind)BinaryPrimitives.ReadUInt16LittleEndian(source[6..]),
            JournalId = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            Epoch = BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            Start = BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            PayloadBytes = BinaryPrimitives.ReadUInt32LittleEndian(source[32..]),
            PayloadCrc = BinaryPrimitives.ReadUInt32LittleEndian(source[36..]),
            Durable = BinaryPrimitives.ReadInt64LittleEndian(source[40..]),
            PreviousCrc = BinaryPrimitives.ReadUInt32LittleEndian(source[48..]),
            Records = BinaryPrimitives.ReadUInt32LittleEndian(source[52..]),
            HeaderCrc = BinaryPrimitives.ReadUInt32LittleEndian(source[60..]),
        };
        return true;
    }
}
