using System.Collections.Concurrent;

namespace AmqpBroker.Storage;

/// <summary>
/// The journal of one virtual host in files. This part is the lane's: it places batches in segments and counts what lives.
/// The other part (<c>FileJournal.Work.cs</c>) runs on the disk threads. Nothing here waits for the disk but
/// <see cref="Open"/>, <see cref="ReadAt"/> and <see cref="Dispose"/>.
/// </summary>
public sealed partial class FileJournal : IJournal
{
    private readonly FileJournalOptions _options;
    private readonly IFileSystem _fileSystem;
    private readonly DataDirectoryLock _lock;
    private readonly SegmentTable _segments = new();
    private readonly SpareSegments _spares;
    private readonly BatchPool _pool = new();
    private readonly GroupWriter _writer;
    private readonly VerifiedReader _reader;
    private readonly ConcurrentQueue<IJournalRead> _reads = new();
    private readonly CheckpointTarget _checkpointTarget;
    private ICommitListener? _listener;
    private JournalBatch? _open;
    private Segment _current;
    private CheckpointWriter? _checkpoint;
    private long _nextCheckpoint;
    private long _next;
    private long _committed;
    private long _replayFrom;
    private long _sweepAt = long.MaxValue;
    private bool _wasFull;
    private bool _disposed;

    private FileJournal(FileJournalOptions options, IFileSystem fileSystem, DataDirectoryLock directoryLock, SpareSegments spares, RecoveredLog log)
    {
        _options = options;
        _fileSystem = fileSystem;
        _lock = directoryLock;
        _spares = spares;
        _next = _committed = log.NextPosition;
        _replayFrom = log.ReplayFrom;
        _nextCheckpoint = log.CheckpointNumber + 1;
        foreach (Segment segment in log.Segments)
        {
            _segments.Add(segment);
        }

        _current = log.NeedsNewSegment ? Plan(_next, BatchLayout.HeaderBytes) : log.Segments[^1];
        _spares.Grow(_current.FileBytes / 2);
        _writer = new GroupWriter(options, spares, _pool) { JournalId = log.JournalId, Epoch = log.Epoch };
        _reader = new VerifiedReader(log.JournalId);
        _writer.StartAt(_next, log.PreviousCrc);
        _checkpointTarget = new CheckpointTarget(fileSystem, options.Directory, log.JournalId, log.Epoch, SyncLog, _pins, options.CheckpointBufferBytes);
        Recovery = log.Info;
        _foundDamaged.UnionWith(Recovery.Quarantined.Select(static r => (r.File, r.Position)));
    }

    /// <summary>What the opening found.</summary>
    public RecoveryInfo Recovery { get; }

    /// <inheritdoc/>
    public long NextPosition => _next;

    /// <inheritdoc/>
    public long CommittedPosition => Volatile.Read(ref _committed);

    /// <inheritdoc/>
    public long BytesSinceCheckpoint => Volatile.Read(ref _next) - Volatile.Read(ref _replayFrom);

    /// <summary>The bytes of all segment files, spare ones included. Any thread.</summary>
    public long DiskBytes => _segments.Snapshot.Sum(s => s.File?.Bytes ?? 0) + _spares.Bytes;

    /// <inheritdoc/>
    public bool HasRoom => Has(_options.MaxUnwrittenBytes);

    /// <inheritdoc/>
    public bool HasReserve => Has(_options.MaxUnwrittenBytes + _options.UnwrittenReserveBytes);

    /// <summary>Looks at the versions of all files of a journal, without changing or locking any; nothing if there is no journal.</summary>
    /// <exception cref="UnsupportedFormatException">One is newer than this broker can read.</exception>
    public static void CheckFormat(IFileSystem fileSystem, string directory)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(directory);
        FormatCheck.Run(fileSystem, directory);
    }

    /// <summary>
    /// Opens a journal: takes its directory, gives what it holds to <paramref name="replay"/>, makes the tail certain, and
    /// starts a new epoch on the disk. Blocks until all of that is done.
    /// </summary>
    /// <exception cref="DataDirectoryLockedException">Another process uses the directory.</exception>
    /// <exception cref="UnsupportedFormatException">A newer broker wrote it.</exception>
    /// <exception cref="IOException">The disk refuses; damage in files is no reason, see <see cref="RecoveryInfo.Quarantined"/>.</exception>
    public static FileJournal Open(FileJournalOptions options, IFileSystem fileSystem, IJournalReplay replay)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(replay);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.FirstSegmentBytes, FileJournalOptions.SmallestSegmentBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxSegmentBytes, options.FirstSegmentBytes);
        DataDirectoryLock directoryLock = DataDirectoryLock.Acquire(fileSystem, options.Directory);
        SpareSegments spares = new(fileSystem, options);
        try
        {
            RecoveredLog log = JournalRecovery.Run(options, fileSystem, replay, spares);
            FileJournal journal = new(options, fileSystem, directoryLock, spares, log);
            journal.Start();
            return journal;
        }
        catch
        {
            spares.Dispose();
            directoryLock.Dispose();
            throw;
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

        return _open = _pool.Rent(_next);
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
        Exception? failure = Volatile.Read(ref _failure);
        if (batch.IsEmpty || failure is not null)
        {
            _pool.Return(batch);
            ThrowIfFailed(failure);
            return;
        }

        Enqueue(batch, _current.FitsRecords(batch.End));
    }

    /// <inheritdoc/>
    public void ReadAt(long position, Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            // An empty body may stand at the very end of its batch.
            return;
        }

        if (position + destination.Length > CommittedPosition)
        {
            throw new ArgumentOutOfRangeException(nameof(position), position, "Not committed yet.");
        }

        Segment? segment = _segments.Find(position);
        SegmentFile? file = segment?.File;
        if (file is null || segment!.OffsetOf(position) + destination.Length > file.Bytes)
        {
            throw new ArgumentOutOfRangeException(nameof(position), position, "No segment holds it any more.");
        }

        lock (_reader)
        {
            try
            {
                _reader.Read(segment, position, destination, CommittedPosition);
            }
            catch (JournalDamageException damage)
            {
                PutAside(segment, damage.Range);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void ReadLater(IJournalRead read)
    {
        ArgumentNullException.ThrowIfNull(read);
        _reads.Enqueue(read);
        _readTask?.Signal();
    }

    /// <inheritdoc/>
    public long RegionOf(long position) =>
        _segments.Find(position) is { } segment && segment.FitsMark(position) ? segment.Start : -1;

    /// <inheritdoc/>
    public void AddLive(long position, long bytes) => ChangeLive(position, bytes);

    /// <inheritdoc/>
    public void RemoveLive(long position, long bytes) => ChangeLive(position, -bytes);

    /// <inheritdoc/>
    public void ReadUse(List<RegionUse> regions)
    {
        ArgumentNullException.ThrowIfNull(regions);
        regions.Clear();
        long below = Volatile.Read(ref _reusableBelow);
        Segment[] segments = _segments.Snapshot;
        for (int i = 0; i + 1 < segments.Length; i++)
        {
            Segment segment = segments[i];
            long end = segments[i + 1].Start;

            // In mode os only checkpoints sync, and what says that it is not needed must be on the disk first.
            bool waitsForSync = _options.Sync == JournalSync.Os && segment.LiveBytes == 0 && segment.NeededUntil > _writer.Synced;
            regions.Add(new RegionUse(segment.Start, end, segment.File?.Bytes ?? 0, segment.LiveBytes, end <= below && !waitsForSync));
        }
    }

    /// <inheritdoc/>
    public ICheckpointWriter BeginCheckpoint()
    {
        if (Volatile.Read(ref _checkpoint) is not null)
        {
            throw new InvalidOperationException("A checkpoint is under way.");
        }

        CheckpointWriter checkpoint = new(_checkpointTarget, _nextCheckpoint++, _next, _replayFrom, () => _next, SignalBackground, () => _listener?.CheckpointRoomAvailable(), () => Volatile.Write(ref _checkpoint, null));
        Volatile.Write(ref _checkpoint, checkpoint);
        return checkpoint;
    }

    private void Enqueue(JournalBatch batch, bool fits)
    {
        if (!fits)
        {
            _current = Plan(batch.Start, batch.Length);
            _spares.Grow(_current.FileBytes);
            SignalBackground();
        }

        batch.Segment = _current;
        _current.Batches.Note(_current.OffsetOf(batch.Start));
        if (batch.LiveBytes != 0)
        {
            _current.LiveBytes += batch.LiveBytes;
        }

        Volatile.Write(ref _next, batch.End);
        _writer.Enqueue(batch);
        if (Volatile.Read(ref _failure) is not null)
        {
            _writer.DropQueued();
        }

        SignalCommit();
    }

    /// <summary>Writes a mark, which needs no free room in the segment that records would.</summary>
    private void EnqueueMark(BatchKind kind)
    {
        JournalBatch mark = _pool.Rent(_next);
        mark.Kind = kind;
        mark.Seal();
        Enqueue(mark, _current.FitsMark(mark.End));
    }

    /// <summary>
    /// A new segment for a batch that does not fit the current one: a spare file if one is ready. On a full disk a small one,
    /// for which there mostly still is room: acknowledgements and a checkpoint need little, and give room back.
    /// </summary>
    private Segment Plan(long start, long batchBytes)
    {
        long needed = Segment.FileBytesFor(batchBytes);
        SegmentFile? spare = _spares.TryTake(needed);
        long wanted = Volatile.Read(ref _sparesLack) ? LastRoomBytes : _spares.WantedBytes;
        long bytes = spare?.Bytes ?? Math.Max(wanted, (needed + 4095) / 4096 * 4096);
        Segment segment = new(start, bytes) { File = spare };
        _segments.Add(segment);
        return segment;
    }

    private void ChangeLive(long position, long change)
    {
        if (_open is not null && position >= _open.Start)
        {
            _open.LiveBytes += change;
            return;
        }

        Segment segment = SegmentOf(position);
        if (segment.LiveBytes + change == 0 && change < 0)
        {
            // The record that says why is in the open batch, or in the last one.
            segment.NeededUntil = _open is null ? _next : _open.Start + 1;
            Volatile.Write(ref _sweepAt, segment.NeededUntil);
            if (segment.NeededUntil <= CommittedPosition)
            {
                // No commit may follow that would see to it.
                SignalBackground();
            }
        }

        segment.LiveBytes += change;
    }

    private bool Has(long limit)
    {
        if (_writer.UnwrittenBytes <= limit)
        {
            return true;
        }

        // The disk thread looks at the mark after it took bytes off: one of the two sees what the other did.
        Volatile.Write(ref _wasFull, true);
        Interlocked.MemoryBarrier();
        return _writer.UnwrittenBytes <= limit;
    }

    private Segment SegmentOf(long position) => _segments.Find(position)
        ?? throw new ArgumentOutOfRangeException(nameof(position), position, "No segment holds it any more.");

    private static void ThrowIfFailed(Exception? failure)
    {
        if (failure is not null)
        {
            throw new JournalFailedException("The journal has failed; nothing more can be stored.", failure);
        }
    }
}
