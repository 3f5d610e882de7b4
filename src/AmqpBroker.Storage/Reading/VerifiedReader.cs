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

    // Of the segment in which a header was last found missing: where all batches of it begin, so that it is searched once.
    private Segment? _searched;
    private long _searchedUpTo;
    private long[] _starts = [];

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
        if (TryWalk(segment, position, out BatchHeader header, out long brokenAt))
        {
            return header;
        }

        // A header on the way is damaged, or a gap was left where one was: its batch may be another than the one looked for.
        if (!ReferenceEquals(segment, _searched) || position >= _searchedUpTo)
        {
            _searched = segment;
            _searchedUpTo = segment.PositionAt(_window.Length);
            _starts = [.. BatchSearch.FindFrom(_window, segment, journalId, segment.Start, 0).Select(static h => h.Start)];
            if (TryWalk(segment, position, out header, out brokenAt))
            {
                return header;
            }
        }

        int next = Array.BinarySearch(_starts, position);
        next = next < 0 ? ~next : next + 1;
        long end = next < _starts.Length ? _starts[next] : segment.PositionAt(_window.Length);
        throw new JournalDamageException(
            $"The batch around {position} in '{segment.File!.Name}' cannot be found.",
            new QuarantinedRange(segment.File.Name, brokenAt, Math.Max(0, end - brokenAt), "no batch can be read"));
    }

    /// <summary>Goes from header to header from the nearest that is known. Or gives where there is none.</summary>
    private bool TryWalk(Segment segment, long position, out BatchHeader header, out long brokenAt)
    {
        long start = segment.PositionAt(segment.Batches.AtOrBelow(segment.OffsetOf(position)));
        if (ReferenceEquals(segment, _searched))
        {
            int nearest = Array.BinarySearch(_starts, position);
            nearest = nearest < 0 ? ~nearest - 1 : nearest;
            start = nearest < 0 ? start : Math.Max(start, _starts[nearest]);
        }

        while (start <= position && BatchSearch.TryRead(_window, segment, journalId, start, out header))
        {
            segment.Batches.Note(segment.OffsetOf(start));
            if (position < header.End)
            {
                brokenAt = 0;
                return true;
            }

            start = header.End;
        }

        header = default;
        brokenAt = start;
        return false;
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
