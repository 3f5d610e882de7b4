using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Policies;

/// <summary>
/// Changes the policies of a virtual host in one turn of its lane, and brings the change to what is there over further turns,
/// between which others have the lane. Made for one change. <paramref name="change"/> runs in the lane and gives its result.
/// </summary>
internal sealed class PolicyChange<T>(Func<VirtualHost, T> change) : LaneWork
{
    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private VirtualHost? _host;
    private PolicyWalk? _walk;
    private TaskCompletionSource? _turn;
    private T? _result;
    private bool _more;

    /// <summary>Completes when the change is durable and holds everywhere.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; what was begun goes on and is not waited for.</exception>
    internal async Task<T> RunAsync(VirtualHostRuntime runtime, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _host = runtime.Host;
        do
        {
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _turn = turn;
            if (!runtime.Post(this))
            {
                await turn.Task.ConfigureAwait(false);
            }
        }
        while (_more);
        await _durable.Task.WaitAsync(cancellation).ConfigureAwait(false);
        return _result!;
    }

    public override void Execute()
    {
        if (_walk is null)
        {
            _result = change(_host!);
            _host!.Gates.Await(_durable);
            _walk = new PolicyWalk(_host);
        }

        _more = _walk.Continue();
        _host!.EndCommand();
    }

    public override void Completed() => _turn!.SetResult();
}
