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
    private const int Batches = 2;

    private readonly Lock _gate = new();
    private readonly VirtualHostRuntime _host;
    private CommandBatch _spare;
    private ManualResetValueTaskSourceCore<bool> _signal = new() { RunContinuationsAsynchronously = true };
    private int _underWay;

    // The reader waits until fewer than this many are under way; 0 when it does not wait.
    private int _waitsForBelow;

    /// <summary>The batches of <paramref name="session"/>.</summary>
    public BatchPipe(VirtualHostRuntime host, Session session)
    {
        _host = host;
        Current = new CommandBatch(session, OnCompleted);
        _spare = new CommandBatch(session, OnCompleted);
    }

    /// <summary>The batch to fill. Only while <see cref="PostAsync"/> is not under way.</summary>
    public CommandBatch Current { get; private set; }

    /// <summary>Posts the current batch; completes when there is one to fill again.</summary>
    public ValueTask PostAsync()
    {
        if (Current.IsEmpty)
        {
            return default;
        }

        CommandBatch batch = Current;
        lock (_gate)
        {
            _underWay++;
        }

        if (_host.Post(batch))
        {
            // Run already, on this thread: nobody else says so.
            batch.Completed();
            return default;
        }

        // The lane runs batches in the order of their posts, so the spare one is the next to be free.
        Current = _spare;
        _spare = batch;
        return WaitAsync(Batches);
    }

    /// <summary>Posts the current batch; completes when all has been run.</summary>
    public async ValueTask CompleteAsync()
    {
        await PostAsync().ConfigureAwait(false);
        await WaitAsync(1).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void GetResult(short token)
    {
        _ = _signal.GetResult(token);
        _signal.Reset();
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _signal.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private ValueTask WaitAsync(int below)
    {
        lock (_gate)
        {
            if (_underWay < below)
            {
                return default;
            }

            _waitsForBelow = below;
            return new ValueTask(this, _signal.Version);
        }
    }

    private void OnCompleted(CommandBatch batch)
    {
        lock (_gate)
        {
            _underWay--;
            if (_underWay >= _waitsForBelow)
            {
                return;
            }

            _waitsForBelow = 0;
        }

        _signal.SetResult(true);
    }
}
