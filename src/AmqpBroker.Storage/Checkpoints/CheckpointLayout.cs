using System.Buffers.Binary;
using System.Text;

namespace AmqpBroker.Storage;

/// <summary>
/// What a checkpoint says of itself: at the start of its images file and of its manifest alike, so that either can stand in
/// for the other. FORMAT.md has the bytes.
/// </summary>
internal readonly record struct CheckpointHeader
{
    /// <summary>"AMQC": an images file.</summary>
    public const uint ImagesMagic = 0x43514D41;

    /// <summary>"AMQM": a manifest.</summary>
    public const uint ManifestMagic = 0x4D514D41;

    public const int Bytes = 64;

    public ulong JournalId { get; init; }

    public long Number { get; init; }

    public long Epoch { get; init; }

    public long ReplayFrom { get; init; }

    /// <summary>The highest stamp: the log was durable up to there before the checkpoint was completed.</summary>
    public long Durable { get; init; }

    public uint Images { get; init; }

    /// <summary>Where in the images file all images stand once more; 0 where they do not.</summary>
    public long CopiesAt { get; init; }

    public void WriteTo(Span<byte> target, uint magic)
    {
        target[..Bytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target, magic);
        BinaryPrimitives.WriteUInt16LittleEndian(target[4..], StoreFormat.Version);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], JournalId);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], ReplayFrom);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], Durable);
        BinaryPrimitives.WriteUInt32LittleEndian(target[48..], Images);
        BinaryPrimitives.WriteInt64LittleEndian(target[52..], CopiesAt);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], Crc32C.Of(target[..60]));
    }

    /// <summary>Reads a header; false when it is none or its checksum is wrong.</summary>
    /// <exception cref="UnsupportedFormatException">It is whole, but of a newer version.</exception>
    public static bool TryRead(ReadOnlySpan<byte> source, uint magic, out CheckpointHeader header)
    {
        header = default;
        if (source.Length < Bytes
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) != Crc32C.Of(source[..60]))
        {
            return false;
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        if (version > StoreFormat.Version)
        {
            throw new UnsupportedFormatException("a checkpoint", version, StoreFormat.Version);
        }

        header = new CheckpointHeader
        {
            JournalId = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            Number = BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            Epoch = BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            ReplayFrom = BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            Durable = BinaryPrimitives.ReadInt64LittleEndian(source[40..]),
            Images = BinaryPrimitives.ReadUInt32LittleEndian(source[48..]),
            CopiesAt = BinaryPrimitives.ReadInt64LittleEndian(source[52..]),
        };
        return true;
    }
}

/// <summary>The bytes before an image in an images file.</summary>
internal readonly record struct ImageFrame(long Stamp, uint Length, uint Crc)
{
    /// <summary>"AMQI".</summary>
    public const uint Magic = 0x49514D41;

    public const int Bytes = 24;

    /// <summary>What the image takes in the file.</summary>
    public long FrameAndImageBytes => Bytes + (long)Length;

    public void WriteTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], Stamp);
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(target[20..], Crc32C.Of(target[..20]));
    }

    public static bool TryRead(ReadOnlySpan<byte> source, out ImageFrame frame)
    {
        frame = default;
        if (source.Length < Bytes
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[20..]) != Crc32C.Of(source[..20]))
        {
            return false;
        }

        frame = new ImageFrame(
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[16..]));
        return true;
    }
}

/// <summary>A file that a manifest names.</summary>
internal sealed record ManifestEntry(string Name, long Length, uint Crc)
{
    /// <summary>Length (8), CRC (4), bytes of the name (2), the name in UTF-8.</summary>
    private const int FixedBytes = 14;

    /// <summary>Builds a manifest: header, number of entries (4), entries, CRC of all before it (4).</summary>
    public static byte[] Manifest(CheckpointHeader header, IReadOnlyList<ManifestEntry> entries)
    {
        using MemoryStream stream = new();
        Span<byte> buffer = stackalloc byte[CheckpointHeader.Bytes];
        header.WriteTo(buffer, CheckpointHeader.ManifestMagic);
        stream.Write(buffer);
        BinaryPrimitives.WriteInt32LittleEndian(buffer, entries.Count);
        stream.Write(buffer[..4]);
        foreach (ManifestEntry entry in entries)
        {
            byte[] name = Encoding.UTF8.GetBytes(entry.Name);
            BinaryPrimitives.WriteInt64LittleEndian(buffer, entry.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(buffer[8..], entry.Crc);
            BinaryPrimitives.WriteUInt16LittleEndian(buffer[12..], (ushort)name.Length);
            stream.Write(buffer[..FixedBytes]);
            stream.Write(name);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(buffer, Crc32C.Of(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        stream.Write(buffer[..4]);
        return stream.ToArray();
    }

    /// <summary>Reads a manifest; false when its checksum is wrong.</summary>
    public static bool TryReadManifest(ReadOnlySpan<byte> bytes, out CheckpointHeader header, out List<ManifestEntry> entries)
    {
        entries = [];
        if (!CheckpointHeader.TryRead(bytes, CheckpointHeader.ManifestMagic, out header)
            || bytes.Length < CheckpointHeader.Bytes + 8
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) != Crc32C.Of(bytes[..^4]))
        {
            return false;
        }

        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes[CheckpointHeader.Bytes..]);
        ReadOnlySpan<byte> rest = bytes[(CheckpointHeader.Bytes + 4)..^4];
        for (int i = 0; i < count; i++)
        {
            int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(rest[12..]);
            entries.Add(new ManifestEntry(
                Encoding.UTF8.GetString(rest.Slice(FixedBytes, nameBytes)),
                BinaryPrimitives.ReadInt64LittleEndian(rest),
                BinaryPrimitives.ReadUInt32LittleEndian(rest[8..])));
            rest = rest[(FixedBytes + nameBytes)..];
        }

        return true;
    }
}
