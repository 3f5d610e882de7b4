using System.Buffers.Binary;

namespace AmqpBroker.Storage;

/// <summary>
/// Reads the log from a position to its end, in order, and tells a torn tail from damage: a bad batch at or above the highest
/// position that any batch knew to be durable was never committed, and ends the log; one below it is damage, is put aside
/// and skipped.
/// </summary>
internal sealed class LogScanner(IReadOnlyList<Segment> segments, ulong journalId, IJournalReplay replay, QuarantineFolder quarantine)
{
    private const long ProgressStepBytes = 16L << 20;

    /// <summary>So much of a damaged stretch is looked through for records: more than any batch of usual size, and little memory.</summary>
    private const long MostTold = 16L << 20;

    private FileWindow? _window;
    private Segment? _windowOf;
    private long _replayFrom;
    private long _total;
    private long _nextProgress;
    private long? _knownFromRest;

    /// <summary>The end of the log: where the next batch goes.</summary>
    public long End { get; private set; }

    /// <summary>The highest position known to be durable.</summary>
    public long Durable { get; private set; }

    public long Epoch { get; private set; }

    /// <summary>The checksum of the last batch; null when it could not be read.</summary>
    public uint? PreviousCrc { get; private set; }

    /// <summary>True when the last batch marks an orderly close.</summary>
    public bool Closed { get; private set; }

    public long Batches { get; private set; }

    public long Records { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Headers of batches found beyond the end: the unfinished tail, by segment.</summary>
    public List<(Segment Segment, BatchHeader Header)> Tail { get; } = [];

    /// <summary>Scans. <paramref name="durable"/> is what the checkpoint knows to be durable.</summary>
    public void Run(long replayFrom, long durable)
    {
        _replayFrom = replayFrom;
        Durable = durable;
        End = FindStart();
        _total = Math.Max(0, segments.Sum(s => Math.Max(0, s.Start + s.FileBytes - SegmentHeader.Bytes - Math.Max(s.Start, replayFrom))));
        while (true)
        {
            if (TryNext())
            {
                continue;
            }

            List<(Segment Segment, BatchHeader Header)> rest = FindRest();
            _knownFromRest ??= rest.Where(r => r.Header.Epoch >= Epoch).Select(r => r.Header.Durable).DefaultIfEmpty(0).Max();
            Durable = Math.Max(Durable, _knownFromRest.Value);
            if (End >= Durable)
            {
                Tail.AddRange(rest);
                if (rest.Count == 0)
                {
                    NoteRemnant();
                }

                break;
            }

            SkipDamage(rest);
        }

        replay.Progress(_total, _total);
    }

    /// <summary>The segment in which a batch at a position is to be found.</summary>
    public Segment? SegmentAt(long position)
    {
        Segment? best = null;
        foreach (Segment segment in segments)
        {
            if (segment.Start <= position && segment.FitsMark(position))
            {
                best = segment;
            }
        }

        return best;
    }

    private FileWindow WindowOf(Segment segment)
    {
        if (!ReferenceEquals(_windowOf, segment))
        {
            _window = new FileWindow(segment.File!.File);
            _windowOf = segment;
        }

        return _window!;
    }

    /// <summary>The start of the batch that holds the position to replay from.</summary>
    private long FindStart()
    {
        Segment? segment = SegmentAt(_replayFrom);
        if (segment is null)
        {
            // The log may begin later than asked for; without a checkpoint it begins with its first segment.
            return segments.Count > 0 && _replayFrom == 0 ? segments[0].Start : _replayFrom;
        }

        if (BatchSearch.TryRead(WindowOf(segment), segment, journalId, _replayFrom, out _))
        {
            return _replayFrom;
        }

        foreach (BatchHeader header in BatchSearch.FindFrom(WindowOf(segment), segment, journalId, segment.Start, 0))
        {
            if (header.Start <= _replayFrom && header.End > _replayFrom)
            {
                return header.Start;
            }
        }

        return _replayFrom;
    }

    /// <summary>Takes the batch at the end, if it is whole.</summary>
    private bool TryNext()
    {
        Segment? segment = SegmentAt(End);
        if (segment is null)
        {
            return false;
        }

        FileWindow window = WindowOf(segment);
        if (!BatchSearch.TryRead(window, segment, journalId, End, out BatchHeader header)
            || header.Epoch < Epoch
            || (PreviousCrc is uint previous && header.PreviousCrc != previous))
        {
            return false;
        }

        ReadOnlySpan<byte> payload = window.Peek(segment.OffsetOf(End) + BatchLayout.HeaderBytes, (int)header.PayloadBytes);
        if (payload.Length != header.PayloadBytes || Crc32C.Of(payload) != header.PayloadCrc || !RecordsAreWhole(payload))
        {
            return false;
        }

        Deliver(segment, header, payload);
        Batches++;
        Bytes += header.End - header.Start;
        Epoch = header.Epoch;
        PreviousCrc = header.HeaderCrc;
        Closed = header.Kind == BatchKind.Closed;
        Durable = Math.Max(Durable, header.Durable);
        End = header.End;
        if (Bytes >= _nextProgress)
        {
            _nextProgress = Bytes + ProgressStepBytes;
            replay.Progress(Math.Min(Bytes, _total), _total);
        }

        return true;
    }

    private static bool RecordsAreWhole(ReadOnlySpan<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            if (payload.Length < BatchLayout.RecordPrefixBytes)
            {
                return false;
            }

            uint length = BinaryPrimitives.ReadUInt32LittleEndian(payload);
            if (length == 0 || length > payload.Length - BatchLayout.RecordPrefixBytes)
            {
                return false;
            }

            payload = payload[(BatchLayout.RecordPrefixBytes + (int)length)..];
        }

        return true;
    }

    private void Deliver(Segment segment, BatchHeader header, ReadOnlySpan<byte> payload)
    {
        int offset = 0;
        while (offset < payload.Length)
        {
            int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(payload[offset..]);
            offset += BatchLayout.RecordPrefixBytes;
            long position = header.Start + BatchLayout.HeaderBytes + offset;
            if (position >= _replayFrom)
            {
                Deliver(segment, position, payload.Slice(offset, length));
                Records++;
            }

            offset += length;
        }
    }

    private void Deliver(Segment segment, long position, ReadOnlySpan<byte> record)
    {
        try
        {
            replay.Record(position, record);
        }
        catch (InvalidDataException e)
        {
            // Its checksum is right, so it was written like this: a fault of a broker before, and no reason not to start.
            quarantine.Add(
                new QuarantinedRange(segment.File!.Name, position, record.Length, $"a record cannot be understood: {e.Message}"),
                segment.File.File,
                segment.OffsetOf(position));
        }
    }

    /// <summary>The headers beyond a batch that cannot be read, or beyond the end.</summary>
    private List<(Segment Segment, BatchHeader Header)> FindRest()
    {
        List<(Segment, BatchHeader)> rest = [];
        Segment? current = SegmentAt(End);
        foreach (Segment segment in segments)
        {
            if (ReferenceEquals(segment, current) || segment.Start > End)
            {
                rest.AddRange(BatchSearch.FindFrom(WindowOf(segment), segment, journalId, End, Epoch).Select(h => (segment, h)));
            }
        }

        return rest;
    }

    /// <summary>
    /// At the end stands what can only be a header that was hit: nothing was ever known of the batch, but that it was there is
    /// to be said. Remains of an earlier use of the file name another position.
    /// </summary>
    private void NoteRemnant()
    {
        if (SegmentAt(End) is not { } segment)
        {
            return;
        }

        ReadOnlySpan<byte> bytes = WindowOf(segment).Peek(segment.OffsetOf(End), BatchLayout.HeaderBytes);
        if (BatchHeader.TryReadRemnant(bytes, journalId, End, out BatchHeader remnant))
        {
            bool fits = segment.OffsetOf(remnant.End) <= segment.FileBytes;
            Tail.Add((segment, fits ? remnant : remnant with { PayloadBytes = 0 }));
        }
    }

    /// <summary>What looks like the records of the batch that begins at the end and cannot be trusted.</summary>
    private void TellRecords(Segment? segment, long next)
    {
        long first = End + BatchLayout.HeaderBytes;
        if (segment is null || next <= first)
        {
            return;
        }

        // A header that was hit is followed by records that are whole, which may be those of more than one batch: one is enough.
        ReadOnlySpan<byte> payload = WindowOf(segment).Peek(segment.OffsetOf(first), (int)Math.Min(next - first, MostTold));
        BatchRecords.Visit(payload, first, Math.Max(first, _replayFrom), next, replay.DamagedRecord);
    }

    /// <summary>Goes on at the next batch that can be found, but not beyond what is known to be durable.</summary>
    private void SkipDamage(List<(Segment Segment, BatchHeader Header)> rest)
    {
        // A batch whose header is whole and whose records are not is left by its length, and the one after it can still be chained.
        BatchHeader? unreadable = rest.Where(r => r.Header.Start == End && r.Header.Epoch >= Epoch).Select(r => (BatchHeader?)r.Header).FirstOrDefault();
        long next = unreadable?.End
            ?? rest.Where(r => r.Header.Epoch >= Epoch && r.Header.Start > End).Select(r => r.Header.Start).DefaultIfEmpty(Durable).Min();
        next = Math.Min(next, Durable);
        Segment? segment = SegmentAt(End);
        long inFile = segment is null ? 0 : Math.Min(next, segment.Start + segment.FileBytes - SegmentHeader.Bytes) - End;
        string reason = segment is null
            ? "the segment is missing"
            : unreadable is null ? "no batch can be read" : "the records of a batch fail their checksum";
        quarantine.Add(new QuarantinedRange(segment?.File!.Name ?? "", End, next - End, reason), inFile > 0 ? segment!.File!.File : null, segment?.OffsetOf(End) ?? 0);
        TellRecords(segment, Math.Min(next, End + inFile));
        replay.Gap(End, next - End);
        PreviousCrc = unreadable?.HeaderCrc;
        Closed = false;
        End = next;
    }
}
