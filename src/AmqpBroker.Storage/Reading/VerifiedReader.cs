namespace AmqpBroker.Storage;

/// <summary>
/// Reads parts of records back from the segments, and nothing whose batch fails its checksum. Reading on where the last
/// reading ended costs one look at each byte of the file. One thread at a time.
/// </summary>
internal sealed class VerifiedReader(ulong journalId)
{
    /// <summary>Batches up to here are kept in memory while they are read from; larger ones are read twice.</summary>
    private const int KeptBytes = 4 << 20;

    private readonly FileWindow _window = new();
    private Segment? _segment;
    private BatchHeader? _verified;

    /// <summary>Fills <paramref name="destination"/> with what one batch of a segment holds from a position on.</summary>
    /// <exception cref="JournalDamageException">The batch cannot be found, or fails its checksum.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in one batch.</exception>
    public void Read(Segment segment, long position, Span<byte> destination, long committed)
    {
        long end = position + destination.Length;
        BatchHeader batch = Verified(segment, position, end, committed);
        if (position < batch.Start + BatchLayout.HeaderBytes || end > batch.End)
        {
            throw new ArgumentOutOfRangeException(nameof(position), position, $"No record holds {destination.Length} bytes there.");
        }

        if (destination.Length <= KeptBytes)
        {
            _window.Peek(segment.OffsetOf(position), destination.Length).CopyTo(destination);
        }
        else if (segment.File!.File.Read(segment.OffsetOf(position), destination) < destination.Length)
        {
            throw new IOException($"'{segment.File.Name}' ends before position {end}.");
        }
    }

    /// <summary>The batch around a position, once its checksums are right.</summary>
    private BatchHeader Verified(Segment segment, long position, long end, long committed)
    {
        if (!ReferenceEquals(segment, _segment) || segment.OffsetOf(end) > _window.Length)
        {
            // What lies beyond the committed end is still being written, and must not be remembered.
            _segment = segment;
            _verified = null;
            _window.Open(segment.File!.File, Math.Min(segment.OffsetOf(committed), segment.File.Bytes));
        }
        else if (_verified is { } last && position >= last.Start && position < last.End)
        {
            return last;
        }

        BatchHeader batch = Find(segment, position);
        if (PayloadCrc(segment, batch) != batch.PayloadCrc)
        {
            throw new JournalDamageException(
                $"The records at {batch.Start} in '{segment.File!.Name}' fail their checksum.",
                new QuarantinedRange(segment.File.Name, batch.Start, batch.End - batch.Start, "the records of a batch fail their checksum"));
        }

        _verified = batch;
        return batch;
    }

    private BatchHeader Find(Segment segment, long position)
    {
        long start = segment.PositionAt(segment.Batches.AtOrBelow(segment.OffsetOf(position)));
        while (start <= position && BatchSearch.TryRead(_window, segment, journalId, start, out BatchHeader header))
        {
            segment.Batches.Note(segment.OffsetOf(start));
            if (position < header.End)
            {
                return header;
            }

            start = header.End;
        }

        // A header on the way is damaged, or a gap was left where one was: its batch may be another than the one looked for.
        long from = segment.Start;
        long next = segment.PositionAt(_window.Length);
        foreach (BatchHeader header in BatchSearch.FindFrom(_window, segment, journalId, segment.Start, 0))
        {
            if (header.Start <= position && position < header.End)
            {
                return header;
            }

            from = header.End <= position ? Math.Max(from, header.End) : from;
            next = header.Start > position ? Math.Min(next, header.Start) : next;
        }

        throw new JournalDamageException(
            $"The batch around {position} in '{segment.File!.Name}' cannot be found.",
            new QuarantinedRange(segment.File.Name, from, Math.Max(0, next - from), "no batch can be read"));
    }

    private uint PayloadCrc(Segment segment, BatchHeader batch)
    {
        uint crc = Crc32C.Start;
        long offset = segment.OffsetOf(batch.Start) + BatchLayout.HeaderBytes;
        for (long left = batch.PayloadBytes; left > 0;)
        {
            ReadOnlySpan<byte> part = _window.Peek(offset, (int)Math.Min(left, KeptBytes));
            if (part.IsEmpty)
            {
                break;
            }

            crc = Crc32C.Add(crc, part);
            offset += part.Length;
            left -= part.Length;
        }

        return Crc32C.Finish(crc);
    }
}
