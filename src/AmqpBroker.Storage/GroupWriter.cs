namespace AmqpBroker.Storage;

/// <summary>
/// Takes the batches that the lane appended and makes them durable in groups: while one sync runs, the next group collects.
/// <see cref="Enqueue"/> comes from the lane; everything else runs on the journal's disk thread (or the stepping test's).
/// </summary>
internal sealed class GroupWriter(FileJournalOptions options, SpareSegments spares, BatchPool pool)
{
    /// <summary>
    /// From this size of groups on, overwriting zeros gains less than it costs to write them. (Measured on ext4, new files in
    /// groups of 64, 128 and 256 KiB: 2.7, 2.1 and 1.8 ms per MiB with zeros written first, 4.7, 2.2 and 1.8 without.)
    /// </summary>
    private const long LargeGroupBytes = 128 << 10;

    /// <summary>The usual size is an average that has followed a change after some two dozen groups.</summary>
    private const long GroupsForUsual = 8;

    private readonly Lock _gate = new();
    private readonly byte[] _segmentHeader = GC.AllocateArray<byte>(SegmentHeader.Bytes, pinned: true);
    private readonly List<Segment> _unsynced = new(4);
    private ReadOnlyMemory<byte>[] _pieces = new ReadOnlyMemory<byte>[256];
    private JournalBatch? _queueFirst;
    private JournalBatch? _queueLast;
    private JournalBatch? _groupFirst;
    private long _unwrittenBytes;
    private long _usualGroupBytes;
    private long _written;
    private long _durable;
    private long _synced;
    private uint _previousCrc;
    private bool _syncWanted;

    /// <summary>The identity and the epoch that go into every header.</summary>
    public ulong JournalId { get; init; }

    public long Epoch { get; init; }

    /// <summary>Bytes appended and not yet written. Any thread.</summary>
    public long UnwrittenBytes => Volatile.Read(ref _unwrittenBytes);

    /// <summary>The end of what is durable (in mode os: written).</summary>
    public long Durable => _durable;

    /// <summary>The end of what is known to be on the disk, whatever the mode. Any thread.</summary>
    public long Synced => Volatile.Read(ref _synced);

    /// <summary>True when something written waits for a sync that nobody asked for yet.</summary>
    public bool LazyWaits => _unsynced.Count > 0;

    /// <summary>True when batches wait for room on the disk.</summary>
    public bool WaitsForRoom { get; private set; }

    /// <summary>True while groups are so large that new files need no zeros. Any thread.</summary>
    public bool WritesLargeGroups => Volatile.Read(ref _usualGroupBytes) >= LargeGroupBytes;

    /// <summary>True when batches are queued.</summary>
    public bool HasQueued
    {
        get
        {
            lock (_gate)
            {
                return _queueFirst is not null || _groupFirst is not null;
            }
        }
    }

    /// <summary>Starts at a position, after a batch with that checksum.</summary>
    public void StartAt(long position, uint previousCrc)
    {
        _written = _durable = _synced = position;
        _previousCrc = previousCrc;
    }

    /// <summary>Queues a sealed batch. Lane only.</summary>
    public void Enqueue(JournalBatch batch)
    {
        Interlocked.Add(ref _unwrittenBytes, batch.Length);
        lock (_gate)
        {
            if (_queueLast is null)
            {
                _queueFirst = batch;
            }
            else
            {
                _queueLast.Next = batch;
            }

            _queueLast = batch;
        }
    }

    /// <summary>
    /// Writes one group. Returns false when there was nothing to write, or no room to write it
    /// (<see cref="WaitsForRoom"/>).
    /// </summary>
    /// <exception cref="IOException">A write was refused for another reason than want of room: final.</exception>
    public bool WriteGroup()
    {
        WaitsForRoom = false;
        long groupStart = _written;
        while (_written - groupStart < options.MaxGroupBytes && TakeQueued() && WriteRun())
        {
        }

        long bytes = _written - groupStart;
        if (bytes > 0)
        {
            Volatile.Write(ref _usualGroupBytes, _usualGroupBytes + ((bytes - _usualGroupBytes) / GroupsForUsual));
        }

        return bytes > 0;
    }

    /// <summary>Notes a sync of all segments up to there that was made elsewhere. Any thread.</summary>
    public void NoteSynced(long position) => Volatile.Write(ref _synced, Math.Max(_synced, position));

    /// <summary>True when the group holds a batch somebody waits for.</summary>
    public bool SyncWanted => _syncWanted;

    /// <summary>Syncs what is written, so that it counts as durable, and gives the batches back.</summary>
    /// <exception cref="IOException">A sync failed: final.</exception>
    public void SyncWritten()
    {
        foreach (Segment segment in _unsynced)
        {
            if (options.Sync == JournalSync.Fsync)
            {
                segment.File!.File.Sync();
            }

            segment.Unsynced = false;
        }

        _unsynced.Clear();
        _syncWanted = false;
        _durable = _written;
        if (options.Sync == JournalSync.Fsync)
        {
            Volatile.Write(ref _synced, _durable);
        }
    }

    /// <summary>Drops the group at hand and everything queued, and releases what they refer to.</summary>
    public void DropAll()
    {
        Drop(_groupFirst);
        _groupFirst = null;
        DropQueued();
    }

    /// <summary>Drops what is queued and not taken yet. Any thread.</summary>
    public void DropQueued()
    {
        JournalBatch? batch;
        lock (_gate)
        {
            batch = _queueFirst;
            _queueFirst = _queueLast = null;
        }

        Drop(batch);
    }

    private void Drop(JournalBatch? batch)
    {
        while (batch is not null)
        {
            JournalBatch? next = batch.Next;
            Interlocked.Add(ref _unwrittenBytes, -batch.Length);
            pool.Return(batch);
            batch = next;
        }
    }

    private bool TakeQueued()
    {
        if (_groupFirst is null)
        {
            lock (_gate)
            {
                _groupFirst = _queueFirst;
                _queueFirst = _queueLast = null;
            }
        }

        return _groupFirst is not null;
    }

    /// <summary>Writes the batches at the front of the group that go to one segment, in one gathered write.</summary>
    private bool WriteRun()
    {
        JournalBatch first = _groupFirst!;
        Segment segment = (Segment)first.Segment!;
        try
        {
            segment.File ??= spares.TryTake(segment.FileBytes) ?? spares.Create(segment.FileBytes, zeroed: false);
            long offset = segment.OffsetOf(first.Start);
            int pieces = 0;
            if (!segment.HeaderWritten)
            {
                new SegmentHeader { JournalId = JournalId, Epoch = Epoch, Start = segment.Start }.WriteTo(_segmentHeader);
                AddPiece(_segmentHeader, ref pieces);
                offset = 0;
            }

            uint crc = _previousCrc;
            long bytes = 0;
            bool syncWanted = false;
            JournalBatch? batch = first;
            while (batch is not null && ReferenceEquals(batch.Segment, segment) && bytes < options.MaxGroupBytes)
            {
                crc = FillHeader(batch, crc);
                foreach (ReadOnlyMemory<byte> piece in batch.Pieces)
                {
                    AddPiece(piece, ref pieces);
                }

                bytes += batch.Length;
                syncWanted |= !batch.Lazy;
                batch = batch.Next;
            }

            segment.File.File.Write(offset, _pieces.AsSpan(0, pieces));
            _pieces.AsSpan(0, pieces).Clear();
            NoteWritten(segment, batch, crc, bytes, syncWanted);
            return true;
        }
        catch (DiskFullException)
        {
            // Nothing of this was promised: the same bytes go to the same place once there is room.
            _pieces.AsSpan().Clear();
            WaitsForRoom = true;
            return false;
        }
    }

    private void NoteWritten(Segment segment, JournalBatch? rest, uint crc, long bytes, bool syncWanted)
    {
        segment.HeaderWritten = true;
        if (!segment.Unsynced)
        {
            segment.Unsynced = true;
            _unsynced.Add(segment);
        }

        _previousCrc = crc;
        _written += bytes;
        _syncWanted |= syncWanted;
        while (!ReferenceEquals(_groupFirst, rest))
        {
            JournalBatch done = _groupFirst!;
            _groupFirst = done.Next;
            pool.Return(done);
        }

        Interlocked.Add(ref _unwrittenBytes, -bytes);
    }

    private uint FillHeader(JournalBatch batch, uint previousCrc)
    {
        uint crc = Crc32C.Start;
        ReadOnlySpan<ReadOnlyMemory<byte>> pieces = batch.Pieces;
        crc = Crc32C.Add(crc, pieces[0].Span[BatchLayout.HeaderBytes..]);
        foreach (ReadOnlyMemory<byte> piece in pieces[1..])
        {
            crc = Crc32C.Add(crc, piece.Span);
        }

        BatchHeader header = new()
        {
            Kind = batch.Kind,
            JournalId = JournalId,
            Epoch = Epoch,
            Start = batch.Start,
            PayloadBytes = (uint)(batch.Length - BatchLayout.HeaderBytes),
            PayloadCrc = Crc32C.Finish(crc),
            Durable = Volatile.Read(ref _synced),
            PreviousCrc = previousCrc,
            Records = (uint)batch.RecordCount,
        };
        return header.WriteTo(batch.Header);
    }

    private void AddPiece(ReadOnlyMemory<byte> piece, ref int count)
    {
        if (count == _pieces.Length)
        {
            Array.Resize(ref _pieces, count * 2);
        }

        _pieces[count++] = piece;
    }
}
