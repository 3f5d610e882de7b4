using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Snapshots;

/// <summary>
/// Reads a virtual host for management. Everything is copied in the lane, one thing or a bounded part of a list per turn; a
/// list is therefore not of one moment, but holds everything that was there all the while, once. Any thread.
/// </summary>
public sealed class VirtualHostView
{
    private readonly VirtualHostRuntime _runtime;

    internal VirtualHostView(VirtualHostRuntime runtime)
    {
        _runtime = runtime;
        Name = Capture.Text(runtime.Name);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its policies, to read and to change.</summary>
    public PolicyCommands Policies => _runtime.Policies;

    /// <summary>What is set for it.</summary>
    public VirtualHostSettings Settings => _runtime.Host.Settings;

    /// <summary>Its journal waits for room on the disk: publishers wait, too.</summary>
    public bool DiskFull => _runtime.DiskFull;

    /// <summary>Completes when a command has been through the lane: the virtual host is alive.</summary>
    public Task PingAsync(CancellationToken cancellation) => new LaneRead(static _ => false).RunAsync(_runtime, cancellation);

    /// <summary>The queue of this name; null if there is none. Touches no other queue.</summary>
    public async Task<QueueInfo?> FindQueueAsync(string name, CancellationToken cancellation)
    {
        QueueInfo? found = null;
        if (BrokerView.ToShortString(name) is { } key)
        {
            await ReadAsync(
                host => found = host.FindQueue(key) is { } queue ? Capture.Of(queue, Name) : null, cancellation).ConfigureAwait(false);
        }

        return found;
    }

    /// <summary>The exchange of this name (empty: the default exchange); null if there is none.</summary>
    public async Task<ExchangeInfo?> FindExchangeAsync(string name, CancellationToken cancellation)
    {
        ExchangeInfo? found = null;
        if (BrokerView.ToShortString(name) is { } key)
        {
            await ReadAsync(
                host => found = host.FindExchange(key) is { } exchange ? Capture.Of(exchange, Name) : null, cancellation).ConfigureAwait(false);
        }

        return found;
    }

    /// <summary>All queues, by name.</summary>
    public async Task<IReadOnlyList<QueueInfo>> ListQueuesAsync(CancellationToken cancellation)
    {
        var found = new Collection<MessageQueue, QueueInfo>();
        var walk = new DestinationWalk<MessageQueue>(queue => found.Add(queue, Capture.Of(queue, Name)));
        await new LaneRead(host => walk.Continue(host.QueueRegistry), found.TakePart).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        return found.Sorted(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
    }

    /// <summary>All exchanges, by name.</summary>
    public async Task<IReadOnlyList<ExchangeInfo>> ListExchangesAsync(CancellationToken cancellation)
    {
        var found = new Collection<Exchange, ExchangeInfo>();
        var walk = new DestinationWalk<Exchange>(exchange => found.Add(exchange, Capture.Of(exchange, Name)));
        await new LaneRead(host => walk.Continue(host.ExchangeRegistry), found.TakePart).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        return found.Sorted(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
    }

    /// <summary>All bindings by source, destination and key; those of the default exchange, one for each queue, are among them.</summary>
    public async Task<IReadOnlyList<BindingInfo>> ListBindingsAsync(CancellationToken cancellation)
    {
        var found = new Collection<object, BindingInfo>();
        var queues = new DestinationWalk<MessageQueue>(queue => found.Add(queue, Capture.DefaultBinding(queue, Name)));
        await new LaneRead(host => queues.Continue(host.QueueRegistry), found.TakePart).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        var bindings = new BindingWalk(binding => found.Add(binding, Capture.Of(binding, Name)));
        await new LaneRead(host => bindings.Continue(host.ExchangeRegistry), found.TakePart).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        return found.Sorted(Compare);
    }

    /// <summary>What is in it, counted.</summary>
    public async Task<QueueTotals> CountAsync(CancellationToken cancellation)
    {
        QueueTotals totals = default;
        var walk = new DestinationWalk<MessageQueue>(queue => totals = totals.Add(Capture.TotalsOf(queue)));
        await new LaneRead(host =>
        {
            if (walk.Continue(host.QueueRegistry))
            {
                return true;
            }

            totals = totals with { Queues = host.QueueRegistry.Count, Exchanges = host.ExchangeRegistry.Count };
            return false;
        }).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        return totals;
    }

    private static int Compare(BindingInfo a, BindingInfo b)
    {
        int order = string.CompareOrdinal(a.Source, b.Source);
        order = order != 0 ? order : string.CompareOrdinal(a.Destination, b.Destination);
        order = order != 0 ? order : a.ToExchange.CompareTo(b.ToExchange);
        order = order != 0 ? order : string.CompareOrdinal(a.RoutingKey, b.RoutingKey);
        return order != 0 ? order : a.ArgumentsHash.CompareTo(b.ArgumentsHash);
    }

    private Task ReadAsync(Action<VirtualHost> read, CancellationToken cancellation) => new LaneRead(host =>
    {
        read(host);
        return false;
    }).RunAsync(_runtime, cancellation);
}
