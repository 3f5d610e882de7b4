using System.Threading.Tasks.Sources;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Server.Connections;

/// <summary>
/// The two command batches of a connection: while one waits for its lane, the reader fills the other; when both are under
/// way it waits, and TCP holds the client back. The reader posts and waits; the lane's holder completes.
/// </summary>
internal sealed class BatchPipe : IValueTaskSource
{
    private readonly Lock _gate = new();
    private readonly VirtualHostRuntime _host;
    private readonly CommandBatch _first;
    private readonly CommandBatch _second;
    private ManualResetValueTaskSourceCore<bool> _signal = new() { RunContinuationsAsynchronously = true };

    // A batch is free from its completion on, not from its execution: the lane's holder clears it last of all.
    private bool _firstIsFree = true;
    private bool _secondIsFree = true;
    private Wait _wait;

    private enum Wait : byte
    {
        None,
        ForOne,
        ForAll,
    }

    /// <summary>The batches of <paramref name="session"/>.</summary>
    public BatchPipe(VirtualHostRuntime host, Session session)
    {
        _host = host;
        _first = new CommandBatch(session, OnCompleted);
        _second = new CommandBatch(session, OnCompleted);
        Current = _first;
    }

    /// <summary>The batch to fill. Only while <see cref="PostAsync"/> is not under way.</summary>
    public CommandBatch Current { get; private set; }

    /// <summary>Posts the current batch; completes when there is one to fill again.</summary>
    public ValueTask PostAsync()
    {
        CommandBatch batch = Current;
        if (batch.IsEmpty)
        {
            return default;
        }

        lock (_gate)
        {
            SetFree(batch, false);
        }

        if (Post(batch))
        {
            // Run already, on this thread: nobody else says so.
            batch.Completed();
            return default;
        }

        lock (_gate)
        {
            CommandBatch other = ReferenceEquals(batch, _first) ? _second : _first;
            if (IsFree(other))
            {
                Current = other;
                return default;
            }

            return IsFree(batch) ? default : StartWait(Wait.ForOne);
        }
    }

    /// <summary>Posts the current batch; completes when all has been run.</summary>
    public async ValueTask CompleteAsync()
    {
        await PostAsync().ConfigureAwait(false);
        await WhenAllFreeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void GetResult(short token) => _ = _signal.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _signal.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private ValueTask WhenAllFreeAsync()
    {
        lock (_gate)
        {
            return _firstIsFree && _secondIsFree ? default : StartWait(Wait.ForAll);
        }
    }

    private bool Post(CommandBatch batch)
    {
        try
        {
            return _host.Post(batch);
        }
        catch
        {
            // The lane did not take it, so nobody will complete it.
            batch.Completed();
            throw;
        }
    }

    private ValueTask StartWait(Wait wait)
    {
        // Not when a result is fetched: who finds the task completed may leave it at that.
        _signal.Reset();
        _wait = wait;
        return new ValueTask(this, _signal.Version);
    }

    private void OnCompleted(CommandBatch batch)
    {
        lock (_gate)
        {
            SetFree(batch, true);
            if (_wait == Wait.None || (_wait == Wait.ForAll && !(_firstIsFree && _secondIsFree)))
            {
                return;
            }

            _wait = Wait.None;
            Current = batch;
        }

        _signal.SetResult(true);
    }

    private bool IsFree(CommandBatch batch) => ReferenceEquals(batch, _first) ? _firstIsFree : _secondIsFree;

    private void SetFree(CommandBatch batch, bool isFree)
    {
        if (ReferenceEquals(batch, _first))
        {
            _firstIsFree = isFree;
        }
        else
        {
            _secondIsFree = isFree;
        }
    }
}
