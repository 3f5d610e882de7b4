using System.Buffers.Binary;

namespace AmqpBroker.Storage;

/// <summary>
/// A journal that keeps everything in memory: for brokers that promise nothing beyond the process, and for tests. It keeps
/// the contract of <see cref="IJournal"/>, positions included. Lane members by one thread at a time; when it is not stepped,
/// batches commit inside Append and the listener is called there.
/// </summary>
public sealed class MemoryJournal : IJournal
{
    private readonly Lock _gate = new();
    private readonly BatchPool _pool = new();
    private readonly bool _manualStepping;
    private readonly List<Stored> _batches = [];
    private readonly List<(long Stamp, byte[] Image)> _images = [];
    private readonly Queue<(long Until, long Position)> _unneeded = new();
    private readonly Queue<IJournalRead> _reads = new();
    private ICommitListener? _listener;
    private MemoryCheckpoint? _checkpoint;
    private MemoryCheckpoint? _waiting;
    private JournalBatch? _open;
    private long _replayFrom;
    private long _committed;
    private long _appended;

    /// <summary>Creates an empty journal.</summary>
    /// <param name="manualStepping">True: batches commit only when <see cref="RunOneGroup"/> is called.</param>
    public MemoryJournal(bool manualStepping = false) => _manualStepping = manualStepping;

    /// <inheritdoc/>
    public long NextPosition => _appended;

    /// <inheritdoc/>
    public bool HasRoom => true;

    /// <inheritdoc/>
    public long CommittedPosition => Volatile.Read(ref _committed);

    /// <inheritdoc/>
    public long BytesSinceCheckpoint => Volatile.Read(ref _appended) - Volatile.Read(ref _replayFrom);

    /// <summary>Bytes of batches that are kept: what a file journal would hold in its segments.</summary>
    public long RetainedBytes
    {
        get
        {
            lock (_gate)
            {
                return _batches.Sum(b => (long)b.Bytes.Length);
            }
        }
    }

    /// <inheritdoc/>
    public void Subscribe(ICommitListener listener) => _listener = listener;

    /// <inheritdoc/>
    public JournalBatch Begin()
    {
        if (_open is not null)
        {
            throw new InvalidOperationException("The batch before has not been appended.");
        }

        return _open = _pool.Rent(_appended);
    }

    /// <inheritdoc/>
    public void Append(JournalBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (!ReferenceEquals(batch, _open))
        {
            throw new InvalidOperationException("The batch is not the open one of this journal.");
        }

        batch.Seal();
        _open = null;
        if (!batch.IsEmpty)
        {
            byte[] bytes = new byte[batch.Length];
            int offset = 0;
            foreach (ReadOnlyMemory<byte> piece in batch.Pieces)
            {
                piece.CopyTo(bytes.AsMemory(offset));
                offset += piece.Length;
            }

            lock (_gate)
            {
                _batches.Add(new Stored(batch.Start, bytes) { Live = batch.LiveBytes });
                Volatile.Write(ref _appended, batch.End);
            }
        }

        _pool.Return(batch);
        if (!_manualStepping)
        {
            RunOneGroup();
        }
    }

    /// <summary>Commits everything appended and finishes a completed checkpoint. Returns false when there was nothing to do.</summary>
    public bool RunOneGroup()
    {
        bool worked = false;
        long end = Volatile.Read(ref _appended);
        if (end > _committed)
        {
            Volatile.Write(ref _committed, end);
            DropCommitted();
            _listener?.Committed(end);
            worked = true;
        }

        MemoryCheckpoint? checkpoint = Interlocked.Exchange(ref _waiting, null);
        if (checkpoint is not null)
        {
            lock (_gate)
            {
                _images.Clear();
                _images.AddRange(checkpoint.Images);
                Volatile.Write(ref _replayFrom, checkpoint.ReplayFrom);
                DropUnneeded();
            }

            _checkpoint = null;
            _listener?.CheckpointCompleted(checkpoint.ReplayFrom);
            worked = true;
        }

        return worked;
    }

    /// <inheritdoc/>
    public void ReadAt(long position, Span<byte> destination)
    {
        lock (_gate)
        {
            while (!destination.IsEmpty)
            {
                int index = IndexOf(position);
                if (index < 0 || position + destination.Length > _committed)
                {
                    throw new ArgumentOutOfRangeException(nameof(position), position, "Not committed, or no longer retained.");
                }

                Stored stored = _batches[index];
                ReadOnlySpan<byte> source = stored.Bytes.AsSpan((int)(position - stored.Start));
                int count = Math.Min(source.Length, destination.Length);
                source[..count].CopyTo(destination);
                destination = destination[count..];
                position += count;
            }
        }
    }

    /// <inheritdoc/>
    public void ReadRecords(long from, long upTo, JournalRecordVisitor visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        Stored[] batches;
        lock (_gate)
        {
            batches = [.. _batches.Where(b => b.End <= _committed && b.End > from && b.Start < upTo)];
        }

        foreach (Stored batch in batches)
        {
            BatchRecords.Visit(batch.Bytes.AsSpan(BatchLayout.HeaderBytes), batch.Start + BatchLayout.HeaderBytes, from, upTo, visit);
        }
    }

    /// <inheritdoc/>
    public void ReadLater(IJournalRead read)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (_manualStepping)
        {
            _reads.Enqueue(read);
        }
        else
        {
            read.Run(this);
        }
    }

    /// <summary>Runs the readings that wait. Returns false when there was none.</summary>
    public bool RunReads()
    {
        bool worked = false;
        while (_reads.TryDequeue(out IJournalRead? read))
        {
            read.Run(this);
            worked = true;
        }

        return worked;
    }

    /// <inheritdoc/>
    public long RegionOf(long position)
    {
        lock (_gate)
        {
            int index = IndexOf(position);
            return index >= 0 ? _batches[index].Start : -1;
        }
    }

    /// <inheritdoc/>
    public void AddLive(long position, long bytes) => ChangeLive(position, bytes);

    /// <inheritdoc/>
    public void RemoveLive(long position, long bytes) => ChangeLive(position, -bytes);

    /// <inheritdoc/>
    public ICheckpointWriter BeginCheckpoint()
    {
        if (_checkpoint is not null)
        {
            throw new InvalidOperationException("A checkpoint is under way.");
        }

        return _checkpoint = new MemoryCheckpoint(this);
    }

    /// <summary>Gives the newest checkpoint and the committed records after it to <paramref name="replay"/>.</summary>
    public RecoveryInfo Replay(IJournalReplay replay)
    {
        ArgumentNullException.ThrowIfNull(replay);
        long batches = 0, records = 0, bytes = 0;
        lock (_gate)
        {
            foreach ((long stamp, byte[] image) in _images)
            {
                replay.Image(stamp, image);
            }

            foreach (Stored stored in _batches.Where(b => b.End > _replayFrom && b.End <= _committed))
            {
                int offset = BatchLayout.HeaderBytes;
                while (offset < stored.Bytes.Length)
                {
                    int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(stored.Bytes.AsSpan(offset));
                    offset += BatchLayout.RecordPrefixBytes;
                    replay.Record(stored.Start + offset, stored.Bytes.AsSpan(offset, length));
                    offset += length;
                    records++;
                }

                batches++;
                bytes += stored.Bytes.Length;
            }

            return new RecoveryInfo
            {
                Images = _images.Count,
                Batches = batches,
                Records = records,
                Bytes = bytes,
                ReplayedFrom = _replayFrom,
                TruncatedTailBytes = _appended - _committed,
            };
        }
    }

    /// <summary>
    /// What a crash and a restart leave: a new journal with all that was committed, after giving it to
    /// <paramref name="replay"/>. Live bytes are to be added again.
    /// </summary>
    public MemoryJournal Reopen(IJournalReplay replay, out RecoveryInfo info)
    {
        info = Replay(replay);
        MemoryJournal next = new(_manualStepping) { _replayFrom = _replayFrom, _committed = _committed, _appended = _committed };
        lock (_gate)
        {
            next._images.AddRange(_images);
            next._batches.AddRange(_batches.Where(b => b.End <= _committed).Select(b => new Stored(b.Start, b.Bytes)));
        }

        return next;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_open is not null)
        {
            _pool.Return(_open);
            _open = null;
        }
    }

    private void ChangeLive(long position, long change)
    {
        if (_open is not null && position >= _open.Start)
        {
            _open.LiveBytes += change;
            return;
        }

        lock (_gate)
        {
            int index = IndexOf(position);
            if (index < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(position), position, "No batch there, or no longer retained.");
            }

            Stored stored = _batches[index];
            stored.Live += change;
            if (stored.Live == 0)
            {
                // The record that says why is in the open batch, or in the last one: until it is committed a crash needs these bytes.
                stored.NeededUntil = _open is null ? _appended : _open.Start + 1;
                _unneeded.Enqueue((stored.NeededUntil, stored.Start));
                DropCommitted();
            }
        }
    }

    private void DropUnneeded() => _batches.RemoveAll(IsUnneeded);

    private bool IsUnneeded(Stored stored) => stored.Live == 0 && stored.End <= _replayFrom && stored.NeededUntil <= _committed;

    /// <summary>The end of what lived in some batches is committed.</summary>
    private void DropCommitted()
    {
        lock (_gate)
        {
            while (_unneeded.TryPeek(out (long Until, long Position) item) && item.Until <= _committed)
            {
                _unneeded.Dequeue();
                int index = IndexOf(item.Position);
                if (index >= 0 && IsUnneeded(_batches[index]))
                {
                    _batches.RemoveAt(index);
                }
            }
        }
    }

    private int IndexOf(long position)
    {
        int low = 0, high = _batches.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            Stored stored = _batches[middle];
            if (position < stored.Start)
            {
                high = middle - 1;
            }
            else if (position >= stored.End)
            {
                low = middle + 1;
            }
            else
            {
                return middle;
            }
        }

        return -1;
    }

    private sealed class Stored(long start, byte[] bytes)
    {
        public long Start => start;

        public byte[] Bytes => bytes;

        public long End => start + bytes.Length;

        public long Live { get; set; }

        public long NeededUntil { get; set; }
    }

    private sealed class MemoryCheckpoint : ICheckpointWriter
    {
        private readonly MemoryJournal _journal;

        public MemoryCheckpoint(MemoryJournal journal)
        {
            _journal = journal;
            ReplayFrom = journal._appended;
        }

        public List<(long Stamp, byte[] Image)> Images { get; } = [];

        public long ReplayFrom { get; private set; }

        public bool HasRoom => true;

        public void Add(long stamp, ReadOnlySpan<byte> image)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(stamp, _journal._replayFrom);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(stamp, _journal._appended);
            ReplayFrom = Math.Min(ReplayFrom, stamp);
            Images.Add((stamp, image.ToArray()));
        }

        public void Complete()
        {
            Volatile.Write(ref _journal._waiting, this);
            if (!_journal._manualStepping)
            {
                _journal.RunOneGroup();
            }
        }

        public void Abandon() => _journal._checkpoint = null;
    }
}
