namespace AmqpBroker.Storage;

/// <summary>Reads a segment's records from one position to another, whole batches only: what is damaged is passed over.</summary>
internal static class RecordReading
{
    public static void Run(Segment segment, ulong journalId, long from, long upTo, long committed, JournalRecordVisitor visit)
    {
        FileWindow window = new();
        window.Open(segment.File!.File, Math.Min(segment.OffsetOf(committed), segment.File.Bytes));
        long position = segment.PositionAt(segment.Batches.AtOrBelow(segment.OffsetOf(Math.Max(from, segment.Start))));
        while (position < upTo)
        {
            if (!BatchSearch.TryRead(window, segment, journalId, position, out BatchHeader batch))
            {
                List<BatchHeader> rest = BatchSearch.FindFrom(window, segment, journalId, position + 1, 0);
                if (rest.Count == 0)
                {
                    return;
                }

                position = rest[0].Start;
                continue;
            }

            ReadOnlySpan<byte> payload = window.Peek(segment.OffsetOf(position) + BatchLayout.HeaderBytes, (int)batch.PayloadBytes);
            if (batch.End > from && Crc32C.Of(payload) == batch.PayloadCrc)
            {
                BatchRecords.Visit(payload, position + BatchLayout.HeaderBytes, from, upTo, visit);
            }

            position = batch.End;
        }
    }
}
