using System.Runtime.ExceptionServices;
using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Snapshots;

/// <summary>
/// Reads the state of a virtual host in parts, each a turn of the lane of its own, so that who reads a hundred thousand queues
/// holds up nobody. Made for one reading. <paramref name="next"/> reads a part and gives true while there is more; it runs in
/// the lane and changes nothing. <paramref name="after"/> runs after each part, outside the lane.
/// </summary>
internal sealed class LaneRead(Func<VirtualHost, bool> next, Action? after = null) : LaneWork
{
    private VirtualHost? _host;
    private TaskCompletionSource? _turn;
    private ExceptionDispatchInfo? _fault;
    private bool _more;

    /// <summary>Reads all parts; between two of them others have the lane.</summary>
    /// <exception cref="OperationCanceledException">Cancelled between two parts.</exception>
    public async Task RunAsync(VirtualHostRuntime runtime, CancellationToken cancellation)
    {
        _host = runtime.Host;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _turn = turn;
            if (!runtime.Post(this))
            {
                await turn.Task.ConfigureAwait(false);
            }

            _fault?.Throw();
            after?.Invoke();
        }
        while (_more);
    }

    public override void Execute()
    {
        try
        {
            _more = next(_host!);
        }
        catch (Exception e)
        {
            // A reader's fault is the reader's: let out here, it would end the virtual host.
            _fault = ExceptionDispatchInfo.Capture(e);
        }
    }

    public override void Completed() => _turn!.SetResult();
}
