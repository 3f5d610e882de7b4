namespace AmqpBroker.Storage;

/// <summary>
/// Makes the end of the log certain before anything is served from it: what was read may be in the page cache alone (and
/// after a failed sync the kernel takes it for written), so it is written and synced again; what lies beyond the end is cleared.
/// </summary>
internal sealed class TailRepair(SpareSegments spares, QuarantineFolder quarantine, ulong journalId)
{
    private const int StepBytes = 1 << 20;

    /// <summary>Repairs; gives the segments that stay and the bytes cut off.</summary>
    public (List<Segment> Kept, long CutBytes) Run(List<Segment> segments, LogScanner log)
    {
        long cut = log.Tail.Sum(t => t.Header.End - t.Header.Start);
        SaveTail(log);
        List<Segment> kept = [];
        foreach (Segment segment in segments)
        {
            if (segment.Start > log.End)
            {
                spares.Recycle(segment.File!);
                continue;
            }

            kept.Add(segment);
            long first = Math.Max(segment.Start, Math.Min(log.Durable, log.End));
            long last = Math.Min(log.End, segment.Start + segment.FileBytes - SegmentHeader.Bytes);
            bool hasTail = log.Tail.Any(t => ReferenceEquals(t.Segment, segment));
            if (first < last || hasTail || segment.Start == log.End)
            {
                RewriteHeader(segment, log);
                Rewrite(segment, first, last);
                Clear(segment, log);
                segment.File!.File.Sync();
            }
        }

        return (kept, cut);
    }

    private void SaveTail(LogScanner log)
    {
        foreach (IGrouping<Segment, (Segment Segment, BatchHeader Header)> part in log.Tail.GroupBy(t => t.Segment))
        {
            long start = Math.Max(log.End, part.Key.Start);
            long end = part.Max(t => t.Header.End);
            quarantine.Copy($"tail-{part.Key.File!.Name}-{start}-{end - start}", part.Key.File.File, part.Key.OffsetOf(start), end - start);
        }
    }

    private void RewriteHeader(Segment segment, LogScanner log)
    {
        byte[] bytes = new byte[SegmentHeader.UsedBytes];
        segment.File!.File.Read(0, bytes);
        if (!SegmentHeader.TryRead(bytes, out _) || segment.Start == log.End)
        {
            // The one that nothing is in yet will hold what is written now.
            new SegmentHeader { JournalId = journalId, Epoch = log.Epoch, Start = segment.Start }.WriteTo(bytes);
            segment.FormatVersion = segment.Start == log.End ? StoreFormat.Version : segment.FormatVersion;
        }

        segment.File.File.Write(0, bytes);
    }

    private static void Rewrite(Segment segment, long first, long last)
    {
        byte[] buffer = new byte[(int)Math.Clamp(last - first, 0, StepBytes)];
        while (first < last)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, last - first));
            int count = segment.File!.File.Read(segment.OffsetOf(first), part);
            segment.File.File.Write(segment.OffsetOf(first), part[..count]);
            first += part.Length;
        }
    }

    private static void Clear(Segment segment, LogScanner log)
    {
        byte[] zeros = new byte[StepBytes];
        long end = log.Tail.Where(t => ReferenceEquals(t.Segment, segment)).Select(t => t.Header.End).DefaultIfEmpty(0).Max();
        for (long position = Math.Max(log.End, segment.Start); position < end; position += zeros.Length)
        {
            segment.File!.File.Write(segment.OffsetOf(position), zeros.AsSpan(0, (int)Math.Min(zeros.Length, end - position)));
        }
    }
}
