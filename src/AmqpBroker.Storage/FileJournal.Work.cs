using System.Diagnostics;

namespace AmqpBroker.Storage;

/// <summary>The disk side of the journal: groups, spare files, checkpoints, and what the listener is told.</summary>
public sealed partial class FileJournal
{
    /// <summary>Size of segments while there is no room for larger ones: thousands of acknowledgements.</summary>
    private const long LastRoomBytes = 64L << 10;

    private readonly ManualResetEventSlim _progress = new(false);
    private DiskTask? _commitTask;
    private DiskTask? _backgroundTask;
    private DiskTask? _readTask;
    private Exception? _failure;
    private Exception? _toReport;
    private Exception? _checkpointFailure;
    private long _checkpointDone = -1;

    /// <summary>
    /// Where the newest checkpoint of this run begins: not that of an earlier run, since after an opening nobody has said
    /// yet what lives.
    /// </summary>
    private long _reusableBelow;
    private long _lazySince;
    private bool _sparesLack;
    private bool _fullReported;
    private bool _failureReported;
    private volatile bool _closing;

    /// <summary>
    /// Takes all that is queued, writes it, syncs it and reports it, on the caller's thread. For journals opened with
    /// <see cref="FileJournalOptions.ManualStepping"/>. Returns false when there was nothing to do.
    /// </summary>
    /// <param name="syncLazy">True: as if the lazy batches had waited long enough.</param>
    public bool RunOneGroup(bool syncLazy = true) => Group(syncLazy);

    /// <summary>Does the background work that waits (spare files, checkpoint, reuse of segments), on the caller's thread.</summary>
    public void RunBackground() => Background();

    /// <summary>Runs the readings that wait, on the caller's thread. Returns false when there was none.</summary>
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

    /// <summary>Writes what is queued, marks the orderly close and gives the directory up.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        if (_open is not null)
        {
            _pool.Return(_open);
            _open = null;
        }

        if (WaitForCommit(_next) && IsOnDisk(_next))
        {
            EnqueueMark(BatchKind.Closed);
            WaitForCommit(_next);
        }

        CloseFiles();
    }

    /// <summary>The mark says that all before it is on the disk, in mode <c>os</c> too.</summary>
    private bool IsOnDisk(long upTo)
    {
        try
        {
            SyncLog(upTo);
            return true;
        }
        catch (IOException)
        {
            // It has failed, and whoever listens was told; the next start finds no mark.
            return false;
        }
    }

    /// <summary>Ends without writing anything more, as a killed process does. For tests.</summary>
    internal void Kill() => CloseFiles();

    private void Start()
    {
        if (_current.File is null)
        {
            _current.File = _spares.Create(_current.FileBytes, zeroed: true);
        }

        EnqueueMark(BatchKind.Opened);
        if (!Group(syncLazy: true))
        {
            throw _failure ?? new DiskFullException(_options.Directory);
        }

        if (!_options.ManualStepping)
        {
            DiskThreads threads = _options.Threads ?? DiskThreads.Shared;
            _commitTask = threads.ForCommits(new Commits(this));
            _backgroundTask = threads.ForBackground(new BackgroundWork(this));
            _readTask = threads.ForReads(new Reads(this));
            _backgroundTask.Signal();
        }
    }

    private void SignalCommit() => _commitTask?.Signal();

    private void SignalBackground() => _backgroundTask?.Signal();

    /// <summary>One group. Gives true when something was done.</summary>
    private bool Group(bool syncLazy)
    {
        if (Volatile.Read(ref _failure) is not null)
        {
            Report();
            return false;
        }

        bool worked = false;
        try
        {
            long before = _writer.Durable;
            bool waited = _writer.LazyWaits;
            worked = _writer.WriteGroup();
            if (_writer.LazyWaits && !waited)
            {
                _lazySince = Stopwatch.GetTimestamp();
            }

            if (_writer.LazyWaits && (_writer.SyncWanted || syncLazy || _options.Sync == JournalSync.Os))
            {
                _writer.SyncWritten();
                worked = true;
            }

            if (_writer.Durable > before)
            {
                Volatile.Write(ref _committed, _writer.Durable);
                _listener?.Committed(_writer.Durable);
                SignalBackgroundAfterCommit();
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }

        Report();
        return worked;
    }

    /// <summary>A checkpoint, or a segment without live bytes, may have waited for this commit.</summary>
    private void SignalBackgroundAfterCommit()
    {
        long sweepAt = Volatile.Read(ref _sweepAt);
        bool sweep = sweepAt <= _committed && Interlocked.CompareExchange(ref _sweepAt, long.MaxValue, sweepAt) == sweepAt;
        if (sweep || Volatile.Read(ref _checkpoint) is not null)
        {
            SignalBackground();
        }
    }

    /// <summary>Tells the listener what changed besides the position.</summary>
    private void Report()
    {
        if (Volatile.Read(ref _toReport) is { } failure && !_failureReported)
        {
            _failureReported = true;
            _writer.DropAll();
            _listener?.Failed(failure);
        }

        if (Volatile.Read(ref _wasFull) && _writer.UnwrittenBytes <= _options.MaxUnwrittenBytes / 2 && Interlocked.Exchange(ref _wasFull, false))
        {
            _listener?.RoomAvailable();
        }

        bool full = _writer.WaitsForRoom || Volatile.Read(ref _sparesLack);
        if (full != _fullReported)
        {
            _fullReported = full;
            _listener?.DiskFull(full);
        }

        long done = Interlocked.Exchange(ref _checkpointDone, -1);
        if (done >= 0)
        {
            _listener?.CheckpointCompleted(done);
        }

        if (Interlocked.Exchange(ref _checkpointFailure, null) is { } refused)
        {
            _listener?.CheckpointFailed(refused);
        }

        _progress.Set();
    }

    /// <summary>Nothing is promised any more. Any thread; the commit thread tells the listener.</summary>
    private void Fail(Exception e)
    {
        JournalFailedException failure = new($"The journal in '{_options.Directory}' failed: {e.Message}", e);
        if (Interlocked.CompareExchange(ref _toReport, failure, null) is null)
        {
            Volatile.Write(ref _failure, failure);
        }

        SignalCommit();
    }

    private void Background()
    {
        if (Volatile.Read(ref _failure) is not null)
        {
            return;
        }

        StepCheckpoint();
        try
        {
            foreach (Segment segment in _segments.Unneeded(Volatile.Read(ref _reusableBelow), _writer.Synced))
            {
                if (_pins.TryRetire(segment, _segments))
                {
                    _spares.Recycle(segment.File!);
                }
            }

            _spares.Refill(zeroed: () => !_writer.WritesLargeGroups);
            Volatile.Write(ref _sparesLack, false);
        }
        catch (DiskFullException)
        {
            // Said to the listener by the commit thread, and tried again: see Report and Work.
            Volatile.Write(ref _sparesLack, true);
        }
        catch (Exception e)
        {
            Fail(e);
        }

        if (_options.ManualStepping)
        {
            Report();
        }
        else
        {
            SignalCommit();
        }
    }

    private void StepCheckpoint()
    {
        CheckpointWriter? checkpoint = Volatile.Read(ref _checkpoint);
        if (checkpoint is null)
        {
            return;
        }

        try
        {
            if (checkpoint.Step(CommittedPosition, out long replayFrom) && replayFrom >= 0)
            {
                Volatile.Write(ref _replayFrom, replayFrom);
                Volatile.Write(ref _reusableBelow, replayFrom);
                Volatile.Write(ref _checkpointDone, replayFrom);
            }
        }
        catch (Exception e)
        {
            // Nothing depends on it: the checkpoint before still counts. The listener is told and may try again.
            checkpoint.GiveUp();
            Volatile.Write(ref _checkpointFailure, e);
        }
    }

    /// <summary>In mode os, a checkpoint must not get ahead of the log: syncs the log up to there.</summary>
    private void SyncLog(long upTo)
    {
        if (_options.Sync == JournalSync.Fsync)
        {
            return;
        }

        try
        {
            foreach (Segment segment in _segments.Snapshot.Where(s => s.Start < upTo && s.File is not null))
            {
                segment.File!.File.Sync();
            }
        }
        catch (IOException e)
        {
            Fail(e);
            throw;
        }

        _writer.NoteSynced(upTo);
    }

    private bool WaitForCommit(long position)
    {
        if (_options.ManualStepping)
        {
            while (Group(syncLazy: true))
            {
            }
        }
        else
        {
            long start = Stopwatch.GetTimestamp();
            _closing = true;
            SignalCommit();
            while (Stopwatch.GetElapsedTime(start) < _options.CloseTimeout)
            {
                _progress.Reset();
                if (CommittedPosition >= position || Volatile.Read(ref _failure) is not null)
                {
                    break;
                }

                _progress.Wait(_options.LazySyncDelay);
            }
        }

        return CommittedPosition >= position && _failure is null;
    }

    private void CloseFiles()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _commitTask?.Dispose();
        _backgroundTask?.Dispose();
        _readTask?.Dispose();
        _reads.Clear();
        _writer.DropAll();
        foreach (Segment segment in _segments.Snapshot)
        {
            segment.File?.File.Dispose();
        }

        _spares.Dispose();
        _progress.Dispose();
        _lock.Dispose();
    }

    /// <summary>What a commit thread runs.</summary>
    private sealed class Commits(FileJournal journal) : IDiskWork
    {
        public int Run()
        {
            FileJournalOptions options = journal._options;
            long delayMs = (long)options.LazySyncDelay.TotalMilliseconds;
            long waitedMs = journal._writer.LazyWaits ? (long)Stopwatch.GetElapsedTime(journal._lazySince).TotalMilliseconds : 0;
            journal.Group(journal._closing || waitedMs >= delayMs);
            if (journal._failure is not null)
            {
                return journal._failureReported ? -1 : 0;
            }

            if (journal._writer.WaitsForRoom)
            {
                return (int)options.DiskFullRetry.TotalMilliseconds;
            }

            return journal._writer.HasQueued ? 0 : journal._writer.LazyWaits ? (int)Math.Max(1, delayMs - waitedMs) : -1;
        }
    }

    /// <summary>What the background thread runs.</summary>
    private sealed class BackgroundWork(FileJournal journal) : IDiskWork
    {
        public int Run()
        {
            journal.Background();
            return journal._sparesLack ? (int)journal._options.DiskFullRetry.TotalMilliseconds : -1;
        }
    }

    /// <summary>What the reading thread runs: one reading, then it is other journals' turn.</summary>
    private sealed class Reads(FileJournal journal) : IDiskWork
    {
        public int Run()
        {
            if (journal._reads.TryDequeue(out IJournalRead? read))
            {
                read.Run(journal);
            }

            return journal._reads.IsEmpty ? -1 : 0;
        }
    }
}
