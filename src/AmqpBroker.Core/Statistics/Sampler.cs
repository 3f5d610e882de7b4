using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Statistics;

/// <summary>
/// Has all that is counted sampled, again and again, until it is disposed: in every virtual host, some hundred meters in a turn
/// of its lane. What counted nothing since the last sample is not looked at.
/// </summary>
public sealed class Sampler : IAsyncDisposable
{
    private readonly Broker _broker;
    private readonly TimeProvider _time;
    private readonly long _intervalMs;
    private readonly Action<long> _alsoSample;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;

    internal Sampler(Broker broker, TimeProvider time, int intervalMs, Action<long> alsoSample)
    {
        _broker = broker;
        _time = time;
        _intervalMs = intervalMs;
        _alsoSample = alsoSample;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Completes when no sample is being taken, and none will be.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        try
        {
            await _running.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What it was asked for.
        }

        _end.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(_intervalMs), _time);
        long last = 0;
        do
        {
            // Two samples never have the same tick, whatever the clock does.
            long tick = Math.Max(last + 1, _time.GetUtcNow().ToUnixTimeMilliseconds() / _intervalMs);
            last = tick;
            foreach (VirtualHostRuntime host in _broker.VirtualHosts)
            {
                bool begun = false;
                await new LaneRead(virtualHost =>
                {
                    if (!begun)
                    {
                        begun = true;
                        virtualHost.Meters.Begin();
                    }

                    return virtualHost.Meters.Continue(tick, _intervalMs);
                }).RunAsync(host, _end.Token).ConfigureAwait(false);
            }

            _alsoSample(tick);
        }
        while (await timer.WaitForNextTickAsync(_end.Token).ConfigureAwait(false));
    }
}
