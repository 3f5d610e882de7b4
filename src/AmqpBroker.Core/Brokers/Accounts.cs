using System.Buffers;
using System.Collections.Immutable;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Brokers;

/// <summary>
/// Accounts, virtual hosts and who may use which: what belongs to the whole server. Kept in a journal of its own. Any thread
/// reads; changes are made one at a time and are durable when their call returns.
/// </summary>
internal sealed class Accounts(Action<Exception> failed, Action<string> warn) : IJournalReplay, ICommitListener, IAccessRules
{
    /// <summary>How much journal a restart may have to replay: some ten thousand changes.</summary>
    private const long CheckpointBytes = 1024 * 1024;

    // Held by whoever changes something, from the decision to its effect.
    private readonly Lock _changes = new();

    // For what the journal's thread says, and who waits for it; held for moments only.
    private readonly object _gate = new();
    private volatile AccountsState _state = AccountsState.Empty;
    private IJournal? _journal;
    private Exception? _failure;
    private long _replayFrom;
    private volatile bool _checkpointing;

    /// <summary>Everything as it is now.</summary>
    internal AccountsState State => _state;

    /// <inheritdoc/>
    public int Version => _state.Version;

    /// <summary>How much journal makes a checkpoint; tests make it less.</summary>
    internal long CheckpointAfterBytes { get; init; } = CheckpointBytes;

    internal User? FindUser(ShortString name) => _state.Users.GetValueOrDefault(name);

    /// <inheritdoc/>
    public Permissions? FindPermissions(ShortString user, ShortString virtualHost) =>
        _state.Permissions.GetValueOrDefault((user, virtualHost));

    /// <inheritdoc/>
    public ImmutableDictionary<ShortString, TopicPermissions> FindTopicPermissions(ShortString user, ShortString virtualHost) =>
        _state.TopicPermissions.GetValueOrDefault((user, virtualHost), ImmutableDictionary<ShortString, TopicPermissions>.Empty);

    /// <summary>From here on changes can be made.</summary>
    internal void Attach(IJournal journal)
    {
        _journal = journal;
        journal.Subscribe(this);
    }

    /// <summary>
    /// Changes something: <paramref name="decide"/> is shown what there is and says what changes, or throws; then that is
    /// written in one batch, and takes effect when it is durable. Gives the state that came of it.
    /// </summary>
    /// <exception cref="JournalFailedException">The journal cannot go on; nothing has taken effect.</exception>
    internal AccountsState Change(Func<AccountsState, IReadOnlyList<AccountChange>> decide)
    {
        lock (_changes)
        {
            IJournal journal = _journal ?? throw new InvalidOperationException("The accounts have no journal yet.");
            AccountsState state = _state;
            IReadOnlyList<AccountChange> changes = decide(state);
            if (changes.Count == 0)
            {
                return state;
            }

            // All that can go wrong goes wrong before the batch is begun.
            var records = new List<byte[]>();
            foreach (AccountChange change in changes)
            {
                var record = new ArrayBufferWriter<byte>();
                change.Write(new RecordWriter(record));
                records.Add(record.WrittenSpan.ToArray());
                state = change.Apply(state);
            }

            Append(journal, records);
            AwaitCommitted(journal, journal.NextPosition);
            _state = state with { Version = _state.Version + 1 };
            if (journal.BytesSinceCheckpoint > CheckpointAfterBytes && !_checkpointing)
            {
                WriteCheckpoint(journal);
            }

            return _state;
        }
    }

    void IJournalReplay.Image(long stamp, ReadOnlySpan<byte> image)
    {
        _replayFrom = Math.Max(_replayFrom, stamp);
        Apply(image);
    }

    void IJournalReplay.Record(long position, ReadOnlySpan<byte> record)
    {
        // What is older is in the images, which are all of one moment.
        if (position >= _replayFrom)
        {
            Apply(record);
        }
    }

    void IJournalReplay.Progress(long bytesDone, long bytesTotal)
    {
    }

    void ICommitListener.Committed(long position) => Wake();

    void ICommitListener.Failed(Exception exception)
    {
        lock (_gate)
        {
            _failure = exception;
            Monitor.PulseAll(_gate);
        }

        failed(exception);
    }

    void ICommitListener.RoomAvailable()
    {
        // A change waits for its commit, so there is never more than one on the way.
    }

    void ICommitListener.DiskFull(bool full)
    {
        // The journal retries; the change goes on waiting, and the virtual hosts' journals raise the alarm.
    }

    void ICommitListener.CheckpointRoomAvailable() => Wake();

    void ICommitListener.CheckpointCompleted(long replayFrom) => EndCheckpoint();

    void ICommitListener.CheckpointFailed(Exception exception)
    {
        warn($"A checkpoint of the accounts was given up; their journal grows until one succeeds: {exception.Message}");
        EndCheckpoint();
    }

    private void EndCheckpoint()
    {
        lock (_gate)
        {
            _checkpointing = false;
            Monitor.PulseAll(_gate);
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private static void Append(IJournal journal, List<byte[]> records)
    {
        JournalBatch batch = journal.Begin();
        foreach (byte[] record in records)
        {
            batch.BeginRecord();
            batch.Write(record);
            batch.EndRecord();
        }

        journal.Append(batch);
    }

    private void AwaitCommitted(IJournal journal, long end)
    {
        lock (_gate)
        {
            while (journal.CommittedPosition < end)
            {
                if (_failure is not null)
                {
                    throw new JournalFailedException("The accounts' journal has failed.", _failure);
                }

                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Gives false when the checkpoint was given up meanwhile.</summary>
    private bool AwaitRoom(ICheckpointWriter writer)
    {
        lock (_gate)
        {
            while (!writer.HasRoom && _checkpointing && _failure is null)
            {
                Monitor.Wait(_gate);
            }

            return _checkpointing && _failure is null;
        }
    }

    /// <summary>Writes everything, one change an image. Between two of them nothing changes: all images are of one moment.</summary>
    private void WriteCheckpoint(IJournal journal)
    {
        _checkpointing = true;
        ICheckpointWriter writer = journal.BeginCheckpoint();
        var image = new ArrayBufferWriter<byte>();
        foreach (AccountChange change in _state.ToChanges())
        {
            if (!AwaitRoom(writer))
            {
                return;
            }

            image.ResetWrittenCount();
            change.Write(new RecordWriter(image));
            writer.Add(journal.NextPosition, image.WrittenSpan);
        }

        writer.Complete();
    }

    private void Apply(ReadOnlySpan<byte> record)
    {
        AccountChange change = AccountChange.Read(record);
        _state = change.Apply(_state) with { Version = _state.Version + 1 };
    }
}
