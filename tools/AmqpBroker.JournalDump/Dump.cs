using System.Buffers.Binary;
using AmqpBroker.JournalDump.Words;
using AmqpBroker.Storage;

namespace AmqpBroker.JournalDump;

/// <summary>
/// Prints and verifies segments, checkpoint images and manifests, one file at a time, with the code by which the journal
/// reads them. What cannot be read is said and skipped.
/// </summary>
internal sealed class Dump(DumpOptions options, TextWriter output)
{
    private bool _whole = true;

    /// <summary>Prints everything named; false when something is damaged.</summary>
    public bool Run()
    {
        foreach (string path in options.Paths)
        {
            if (Directory.Exists(path))
            {
                foreach (string file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                {
                    PrintFile(file, explicitly: false);
                }
            }
            else
            {
                PrintFile(path, explicitly: true);
            }
        }

        return _whole;
    }

    private void PrintFile(string path, bool explicitly)
    {
        string name = Path.GetFileName(path);
        bool putAside = path.Contains($"{Path.DirectorySeparatorChar}quarantine{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
        if (putAside && !explicitly)
        {
            Line($"{path}: put aside, {new FileInfo(path).Length:N0} bytes");
            return;
        }

        try
        {
            PrintContents(path, name, ReadShared(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Bad($"{path}: {e.Message}");
        }
    }

    private void PrintContents(string path, string name, byte[] bytes)
    {
        if (Fragment.Of(name) is { } fragment)
        {
            PrintFragment(path, bytes, fragment);
        }
        else if (name.Contains("segment-", StringComparison.Ordinal))
        {
            PrintSegment(path, bytes);
        }
        else if (name.EndsWith(".manifest", StringComparison.Ordinal) && name != BackupManifest.FileName)
        {
            PrintManifest(path, bytes);
        }
        else if (name.EndsWith(".images", StringComparison.Ordinal))
        {
            PrintImages(path, bytes);
        }
        else if (name == BackupManifest.FileName)
        {
            PrintBackup(path, bytes);
        }
        else
        {
            Line($"{path}: {bytes.Length:N0} bytes, not a file of the journal");
        }
    }

    private void PrintBackup(string path, byte[] bytes)
    {
        try
        {
            BackupManifest manifest = BackupManifest.Read(bytes);
            Line($"{path}: backup of {manifest.Created:u} by {manifest.Product}, {manifest.Files.Count} files");
        }
        catch (InvalidDataException e)
        {
            Bad($"{path}: {e.Message}");
        }
    }

    /// <summary>What was put aside failed a checksum: what can still be seen in it is shown, and nothing of it is certain.</summary>
    private void PrintFragment(string path, byte[] bytes, Fragment fragment)
    {
        Line($"{path}: put aside, {bytes.Length:N0} bytes from {fragment.Position}");
        for (int offset = 0; fragment.OfSegment && offset + BatchLayout.HeaderBytes <= bytes.Length; offset++)
        {
            if (BatchHeader.TryRead(bytes.AsSpan(offset), out BatchHeader batch) && batch.Start == fragment.Position + offset)
            {
                Line($"  {batch.Start,14}  {batch.Kind}, epoch {batch.Epoch}, {batch.Records} records, {batch.PayloadBytes:N0} bytes");
                int payload = offset + BatchLayout.HeaderBytes;
                PrintRecords(path, bytes.AsSpan(payload, (int)Math.Min(batch.PayloadBytes, bytes.Length - payload)), batch.Start + BatchLayout.HeaderBytes);
            }
        }

        if (!fragment.OfSegment && ImageFrame.TryRead(bytes, out ImageFrame frame) && options.Records)
        {
            Line($"  stamp {frame.Stamp,14}  {Content.Image(path, bytes.AsSpan(ImageFrame.Bytes))}");
        }
    }

    private static byte[] ReadShared(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return count == bytes.Length ? bytes : bytes[..count];
    }

    private void PrintSegment(string path, byte[] bytes)
    {
        ReadOnlySpan<byte> batches = bytes.Length > SegmentHeader.Bytes ? bytes.AsSpan(SegmentHeader.Bytes) : [];
        bool hasHeader = SegmentHeader.TryRead(bytes, out SegmentHeader header);
        if (hasHeader)
        {
            Line($"{path}: segment, {bytes.Length:N0} bytes, journal {header.JournalId:X16}, from position {header.Start}, taken into use in epoch {header.Epoch}");
        }
        else if (!bytes.AsSpan(0, Math.Min(bytes.Length, SegmentHeader.UsedBytes)).ContainsAnyExcept((byte)0) && !BatchHeader.TryRead(batches, out _))
        {
            Line($"{path}: spare segment, {bytes.Length:N0} bytes");
            return;
        }
        else
        {
            Bad($"{path}: the segment's header is damaged");
            if (!TryFirstBatch(bytes, out header))
            {
                Bad($"{path}: and no batch can be read");
                return;
            }
        }

        PrintBatches(path, bytes, header);
    }

    /// <summary>Any whole batch tells where the segment starts.</summary>
    private static bool TryFirstBatch(byte[] bytes, out SegmentHeader header)
    {
        for (int offset = SegmentHeader.Bytes; offset + BatchLayout.HeaderBytes <= bytes.Length; offset++)
        {
            if (BatchHeader.TryRead(bytes.AsSpan(offset), out BatchHeader batch))
            {
                header = new SegmentHeader { JournalId = batch.JournalId, Start = batch.Start - (offset - SegmentHeader.Bytes), Epoch = batch.Epoch };
                return true;
            }
        }

        header = default;
        return false;
    }

    private void PrintBatches(string path, byte[] bytes, SegmentHeader segment)
    {
        int offset = SegmentHeader.Bytes;
        long epoch = 0;
        uint? previous = null;
        while (offset + BatchLayout.HeaderBytes <= bytes.Length)
        {
            long position = segment.Start + offset - SegmentHeader.Bytes;
            if (!TryBatch(bytes, offset, segment, out BatchHeader batch))
            {
                int next = NextBatch(bytes, offset + 1, segment, epoch);
                if (next < 0)
                {
                    Line($"  {position,14}  end; {bytes.Length - offset:N0} bytes unused, or of an earlier use of the file");
                    return;
                }

                Bad($"{path}: position {position}: {next - offset} bytes are not a batch, and a later batch follows");
                offset = next;
                previous = null;
                continue;
            }

            PrintBatch(path, bytes.AsSpan(offset + BatchLayout.HeaderBytes, (int)batch.PayloadBytes), batch, epoch, previous);
            epoch = Math.Max(epoch, batch.Epoch);
            previous = batch.HeaderCrc;
            offset += (int)(batch.End - batch.Start);
        }
    }

    private static bool TryBatch(byte[] bytes, int offset, SegmentHeader segment, out BatchHeader batch) =>
        BatchHeader.TryRead(bytes.AsSpan(offset), out batch)
        && batch.Start == segment.Start + offset - SegmentHeader.Bytes
        && batch.JournalId == segment.JournalId
        && offset + (batch.End - batch.Start) <= bytes.Length;

    private static int NextBatch(byte[] bytes, int offset, SegmentHeader segment, long epoch)
    {
        for (; offset + BatchLayout.HeaderBytes <= bytes.Length; offset++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset)) == BatchHeader.Magic
                && TryBatch(bytes, offset, segment, out BatchHeader batch)
                && batch.Epoch >= epoch)
            {
                return offset;
            }
        }

        return -1;
    }

    private void PrintBatch(string path, ReadOnlySpan<byte> payload, BatchHeader batch, long epoch, uint? previous)
    {
        Line($"  {batch.Start,14}  {batch.Kind}, epoch {batch.Epoch}, {batch.Records} records, {batch.PayloadBytes:N0} bytes, durable {batch.Durable}");
        if (batch.Epoch < epoch)
        {
            Bad($"{path}: position {batch.Start}: epoch {batch.Epoch} after {epoch}: the log ends before this batch");
        }

        if (previous is uint crc && crc != batch.PreviousCrc)
        {
            Bad($"{path}: position {batch.Start}: does not follow the batch before it");
        }

        if (Crc32C.Of(payload) != batch.PayloadCrc)
        {
            Bad($"{path}: position {batch.Start}: the records fail their checksum");
        }
        else
        {
            PrintRecords(path, payload, batch.Start + BatchLayout.HeaderBytes);
        }
    }

    private void PrintRecords(string path, ReadOnlySpan<byte> payload, long position)
    {
        if (!options.Records)
        {
            return;
        }

        while (payload.Length >= BatchLayout.RecordPrefixBytes)
        {
            int length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(payload), payload.Length - BatchLayout.RecordPrefixBytes);
            ReadOnlySpan<byte> record = payload.Slice(BatchLayout.RecordPrefixBytes, length);
            Line($"    {position + BatchLayout.RecordPrefixBytes,14}  {length,8} bytes  {Content.Record(path, record)}");
            payload = payload[(BatchLayout.RecordPrefixBytes + length)..];
            position += BatchLayout.RecordPrefixBytes + length;
        }
    }

    private void PrintManifest(string path, byte[] bytes)
    {
        if (!ManifestEntry.TryReadManifest(bytes, out CheckpointHeader header, out List<ManifestEntry> entries))
        {
            Bad($"{path}: the manifest fails its checksum");
            return;
        }

        Line($"{path}: manifest of {Describe(header)}");
        foreach (ManifestEntry entry in entries)
        {
            string file = Path.Combine(Path.GetDirectoryName(path)!, entry.Name);
            if (!File.Exists(file))
            {
                Bad($"{path}: '{entry.Name}' is missing");
                continue;
            }

            byte[] content = ReadShared(file);
            bool same = content.Length == entry.Length
                && content.Length >= CheckpointHeader.Bytes
                && Crc32C.Of(content.AsSpan(CheckpointHeader.Bytes)) == entry.Crc;
            Line($"  {entry.Name}, {entry.Length:N0} bytes, CRC {entry.Crc:X8}");
            if (!same)
            {
                Bad($"{path}: '{entry.Name}' is not what the manifest says");
            }
        }
    }

    private void PrintImages(string path, byte[] bytes)
    {
        if (CheckpointHeader.TryRead(bytes, CheckpointHeader.ImagesMagic, out CheckpointHeader header))
        {
            Line($"{path}: images of {Describe(header)}");
        }
        else
        {
            Bad($"{path}: the header is damaged");
        }

        int offset = CheckpointHeader.Bytes;
        while (offset < bytes.Length)
        {
            if (!ImageFrame.TryRead(bytes.AsSpan(offset), out ImageFrame frame) || offset + ImageFrame.Bytes + (long)frame.Length > bytes.Length)
            {
                int next = offset + 1;
                while (next < bytes.Length && !ImageFrame.TryRead(bytes.AsSpan(next), out _))
                {
                    next++;
                }

                Bad($"{path}: {next - offset} bytes at {offset} are not an image");
                offset = next;
                continue;
            }

            if (offset == header.CopiesAt)
            {
                Line("  the same once more:");
            }

            ReadOnlySpan<byte> image = bytes.AsSpan(offset + ImageFrame.Bytes, (int)frame.Length);
            if (Crc32C.Of(image) != frame.Crc)
            {
                Bad($"{path}: the image at {offset} fails its checksum");
            }
            else if (options.Records)
            {
                Line($"  stamp {frame.Stamp,14}  {frame.Length,8} bytes  {Content.Image(path, image)}");
            }

            offset += ImageFrame.Bytes + (int)frame.Length;
        }
    }

    private static string Describe(CheckpointHeader header) =>
        $"checkpoint {header.Number}, journal {header.JournalId:X16}, epoch {header.Epoch}, {header.Images} images, replay from {header.ReplayFrom}, durable {header.Durable}";

    private void Line(string line)
    {
        if (!options.Quiet)
        {
            output.WriteLine(line);
        }
    }

    private void Bad(string line)
    {
        _whole = false;
        output.WriteLine($"DAMAGED  {line}");
    }
}
