using System.Buffers.Binary;

namespace AmqpBroker.Storage;

/// <summary>
/// The start of a segment file, as FORMAT.md states it. It fits one sector, so a torn write leaves the old or the new one.
/// </summary>
internal readonly record struct SegmentHeader
{
    /// <summary>"AMQS" as it stands in the file.</summary>
    public const uint Magic = 0x53514D41;

    /// <summary>The bytes that mean something.</summary>
    public const int UsedBytes = 64;

    /// <summary>The first batch starts here: a page of its own, so that batches do not share one with the header.</summary>
    public const int Bytes = 4096;

    /// <summary>The version of what it holds; whoever writes one writes today's.</summary>
    public ushort FormatVersion { get; private init; }

    public ulong JournalId { get; init; }

    /// <summary>The logical position of the byte after the header block.</summary>
    public long Start { get; init; }

    /// <summary>The epoch in which the segment was taken into use.</summary>
    public long Epoch { get; init; }

    /// <summary>A header that is not read but known.</summary>
    public static SegmentHeader Of(ushort formatVersion, ulong journalId, long start, long epoch) =>
        new() { FormatVersion = formatVersion, JournalId = journalId, Start = start, Epoch = epoch };

    public void WriteTo(Span<byte> target)
    {
        target[..UsedBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(target[4..], StoreFormat.Version);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], JournalId);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Start);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], Crc32C.Of(target[..60]));
    }

    /// <summary>Reads a header; false when it is none or its checksum is wrong.</summary>
    /// <exception cref="UnsupportedFormatException">It is whole, but of a newer version.</exception>
    public static bool TryRead(ReadOnlySpan<byte> source, out SegmentHeader header)
    {
        header = default;
        if (source.Length < UsedBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) != Crc32C.Of(source[..60]))
        {
            return false;
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        if (version > StoreFormat.Version)
        {
            throw new UnsupportedFormatException("a segment", version, StoreFormat.Version);
        }

        header = new SegmentHeader
        {
            FormatVersion = version,
            JournalId = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            Epoch = BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            Start = BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
        };
        return true;
    }
}
