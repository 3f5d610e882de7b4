using System.Buffers;
using System.Collections.Immutable;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Brokers;

/// <summary>
/// Accounts, virtual hosts and who may use which: what belongs to the whole server. Kept in a journal of its own. Any thread
/// reads; changes are made one at a time and are durable when their task completes.
/// </summary>
internal sealed class Accounts(Action<Exception> failed, Action<string> warn) : IJournalReplay, ICommitListener, IAccessRules, IDisposable
{
    /// <summary>How much journal a restart may have to replay: some ten thousand changes.</summary>
    internal const long CheckpointBytes = 1024 * 1024;

    // Held by whoever changes something, from the decision to its effect.
    private readonly SemaphoreSlim _changes = new(1);

    // For what the journal's thread says, and who waits for it; held for moments only.
    private readonly Lock _gate = new();

    // Completed and replaced each time the journal says something.
    private TaskCompletionSource _news = NewNews();
    private volatile AccountsState _state = AccountsState.Empty;
    private IJournal? _journal;
    private volatile Exception? _failure;
    private long _replayFrom;
    private volatile bool _checkpointing;
    private volatile bool _diskFull;

    /// <summary>Everything as it is now.</summary>
    internal AccountsState State => _state;

    /// <inheritdoc/>
    public int Version => _state.Version;

    /// <summary>How much journal makes a checkpoint; tests make it less.</summary>
    internal long CheckpointAfterBytes { get; init; } = CheckpointBytes;

    /// <summary>The journal waits for room on the disk.</summary>
    internal bool DiskFull => _diskFull;

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
    /// written in one batch, and takes effect when it is durable. Gives the state that came of it. On a full disk that is when
    /// there is room again.
    /// </summary>
    /// <param name="decide">What changes.</param>
    /// <param name="turn">Gives it up while an earlier change is not durable yet.</param>
    /// <exception cref="JournalFailedException">The journal cannot go on; nothing has taken effect.</exception>
    /// <exception cref="OperationCanceledException">It was given up before it began.</exception>
    internal async Task<AccountsState> ChangeAsync(
        Func<AccountsState, IReadOnlyList<AccountChange>> decide, ChangeTurn turn)
    {
        await _changes.WaitAsync(turn.Waiting).ConfigureAwait(false);
        try
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

            turn.Begin();
            Append(journal, records);
            long end = journal.NextPosition;
            // Once more, which changes nothing where both are read: a virtual host must not be lost with the one place that
            // names it. The change is made when the first is durable.
            Append(journal, records);
            await UntilAsync(() => _failure is not null || journal.CommittedPosition >= end).ConfigureAwait(false);
            if (journal.CommittedPosition < end)
            {
                throw new JournalFailedException("The accounts' journal has failed.", _failure!);
            }

            _state = state = state with { Version = _state.Version + 1 };
            if (journal.BytesSinceCheckpoint > CheckpointAfterBytes && !_checkpointing)
            {
                await WriteCheckpointAsync(journal).ConfigureAwait(false);
            }

            return state;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>The journal is closed: what still waits for it was not made durable and fails.</summary>
    public void Dispose()
    {
        _failure ??= new ObjectDisposedException(nameof(Accounts));
        Wake();
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
        _failure = exception;
        Wake();
        failed(exception);
    }

    void ICommitListener.RoomAvailable()
    {
        // A change waits for its commit, so there is never more than one on the way.
    }

    void ICommitListener.DiskFull(bool full) => _diskFull = full;

    void ICommitListener.CheckpointRoomAvailable() => Wake();

    void ICommitListener.CheckpointCompleted(long replayFrom) => EndCheckpoint();

    void ICommitListener.CheckpointFailed(Exception exception)
    {
        warn($"A checkpoint of the accounts was given up; their journal grows until one succeeds: {exception.Message}");
        EndCheckpoint();
    }

    private void EndCheckpoint()
    {
        _checkpointing = false;
        Wake();
    }

    private void Wake()
    {
        TaskCompletionSource news;
        lock (_gate)
        {
            (news, _news) = (_news, NewNews());
        }

        news.SetResult();
    }

    /// <summary>Elsewhere: who waits does more than the journal's thread has time for.</summary>
    private static TaskCompletionSource NewNews() => new(TaskCreationOptions.RunContinuationsAsynchronously);

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

    /// <summary>Waits for something that the journal says.</summary>
    private async Task UntilAsync(Func<bool> holds)
    {
        while (true)
        {
            Task news;
            lock (_gate)
            {
                news = _news.Task; // taken before looking: what is said after that completes it
            }

            if (holds())
            {
                return;
            }

            await news.ConfigureAwait(false);
        }
    }

    /// <summary>Writes everything, one change an image. Between two of them nothing changes: all images are of one moment.</summary>
    private async Task WriteCheckpointAsync(IJournal journal)
    {
        _checkpointing = true;
        ICheckpointWriter writer = journal.BeginCheckpoint();
        var image = new ArrayBufferWriter<byte>();
        foreach (AccountChange change in _state.ToChanges())
        {
            await UntilAsync(() => writer.HasRoom || !_checkpointing || _failure is not null).ConfigureAwait(false);
            if (!_checkpointing || _failure is not null)
            {
                return; // given up meanwhile
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
