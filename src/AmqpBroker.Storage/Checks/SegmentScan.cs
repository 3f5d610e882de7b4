namespace AmqpBroker.Storage;

/// <summary>What stands in the files of a journal, whether a start reads it or not.</summary>
/// <param name="Files">Files of the journal, spare ones and those put aside left out.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Batches">Whole batches below the position from which a start replays.</param>
/// <param name="Damage">What is damaged below that position: it matters for messages that still lie there.</param>
/// <param name="PutAside">Files in the quarantine folder, from earlier starts.</param>
public sealed record ScanResult(int Files, long Bytes, long Batches, IReadOnlyList<QuarantinedRange> Damage, int PutAside);

/// <summary>
/// Reads every batch of a journal that a start leaves to later: bodies of messages that lie below the newest checkpoint.
/// Changes nothing.
/// </summary>
public static class SegmentScan
{
    /// <summary>Scans the segments of a directory up to a position of the log.</summary>
    /// <param name="fileSystem">Where it is.</param>
    /// <param name="directory">The journal's directory.</param>
    /// <param name="upTo">From there on a start reads the log itself.</param>
    /// <param name="progress">Told the bytes of each file that is done.</param>
    public static ScanResult Run(IFileSystem fileSystem, string directory, long upTo, Action<long> progress)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(progress);
        int files = 0;
        long bytes = 0;
        long batches = 0;
        List<QuarantinedRange> damage = [];
        foreach (string name in fileSystem.ListFiles(directory).Order(StringComparer.Ordinal))
        {
            bool isSegment = StoreNames.TryParseSegment(name, out _);
            if (!isSegment && !StoreNames.TryParseImages(name, out _) && !StoreNames.TryParseManifest(name, out _))
            {
                continue;
            }

            using IFile file = fileSystem.OpenForReading(Path.Combine(directory, name));
            if (isSegment && SpareSegments.IsBlank(file))
            {
                continue;
            }

            files++;
            bytes += file.Length;
            batches += isSegment ? Scan(name, file, upTo, damage) : 0;
            progress(file.Length);
        }

        return new ScanResult(files, bytes, batches, damage, fileSystem.ListFiles(Path.Combine(directory, StoreNames.Quarantine)).Count);
    }

    private static long Scan(string name, IFile file, long upTo, List<QuarantinedRange> damage)
    {
        byte[] head = new byte[SegmentHeader.Bytes + BatchLayout.HeaderBytes];
        int count = file.Read(0, head);
        if (!SegmentHeader.TryRead(head.AsSpan(0, count), out SegmentHeader header))
        {
            if (count < head.Length || !BatchHeader.TryRead(head.AsSpan(SegmentHeader.Bytes), out BatchHeader first))
            {
                // Said by the start, which reads the head of every segment.
                return 0;
            }

            header = first.AsSegment();
        }

        Segment segment = new(header.Start, file.Length) { File = new SegmentFile(name, file, file.Length) };
        FileWindow window = new(file);
        long batches = 0;
        long position = segment.Start;
        while (position < upTo)
        {
            if (BatchSearch.TryRead(window, segment, header.JournalId, position, out BatchHeader batch))
            {
                ReadOnlySpan<byte> payload = window.Peek(segment.OffsetOf(position) + BatchLayout.HeaderBytes, (int)batch.PayloadBytes);
                if (Crc32C.Of(payload) != batch.PayloadCrc)
                {
                    damage.Add(new QuarantinedRange(name, position, batch.End - position, "the records of a batch fail their checksum"));
                }

                batches++;
                position = batch.End;
                continue;
            }

            long next = Next(window, segment, header.JournalId, position, upTo);
            if (next < 0)
            {
                // Nothing more was written to this segment.
                break;
            }

            damage.Add(new QuarantinedRange(name, position, next - position, "no batch can be read"));
            position = next;
        }

        return batches;
    }

    /// <summary>Where the next batch stands, or what remains of this one ends; -1 when there is neither.</summary>
    private static long Next(FileWindow window, Segment segment, ulong journalId, long position, long upTo)
    {
        foreach (BatchHeader header in BatchSearch.FindFrom(window, segment, journalId, position + 1, 0))
        {
            if (header.Start > position)
            {
                return Math.Min(header.Start, upTo);
            }
        }

        bool remains = BatchHeader.TryReadRemnant(window.Peek(segment.OffsetOf(position), BatchLayout.HeaderBytes), journalId, position, out BatchHeader remnant);
        return remains ? Math.Min(Math.Max(remnant.End, position + BatchLayout.HeaderBytes), upTo) : -1;
    }
}
