using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Snapshots;

/// <summary>
/// Reads a virtual host for management. Everything is copied in the lane, one thing or a bounded part of a list per turn; a
/// list is therefore not of one moment, but holds everything that was there all the while, once. Any thread.
/// </summary>
public sealed partial class VirtualHostView
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

    /// <summary>
    /// Reads every message that its queues have on the disk alone and gives the queues of which some cannot be read. Reads all of
    /// the backlog, on the caller's thread: for a check of a virtual host that nobody uses.
    /// </summary>
    /// <param name="progress">Told bytes of bodies as they are read.</param>
    /// <param name="cancellation">Ends it between two parts.</param>
    public Task<IReadOnlyList<QueueVerification>> VerifyBacklogAsync(Action<long> progress, CancellationToken cancellation) =>
        BacklogVerification.RunAsync(_runtime, progress, cancellation);

    /// <summary>The queue of this name; null if there is none. Touches no other queue.</summary>
    public async Task<QueueInfo?> FindQueueAsync(string name, CancellationToken cancellation, bool withHistory = false)
    {
        QueueInfo? found = null;
        if (BrokerView.ToShortString(name) is { } key)
        {
            await ReadAsync(
                host => found = host.FindQueue(key) is { } queue ? Capture.Of(queue, Name, withHistory) : null, cancellation).ConfigureAwait(false);
        }

        return found;
    }

    /// <summary>The exchange of this name (empty: the default exchange); null if there is none.</summary>
    public async Task<ExchangeInfo?> FindExchangeAsync(string name, CancellationToken cancellation, bool withHistory = false)
    {
        ExchangeInfo? found = null;
        if (BrokerView.ToShortString(name) is { } key)
        {
            await ReadAsync(
                host => found = host.FindExchange(key) is { } exchange ? Capture.Of(exchange, host, Name, withHistory) : null, cancellation).ConfigureAwait(false);
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

    /// <summary>The queues of these names, in their order, as far as there are such.</summary>
    public async Task<IReadOnlyList<QueueInfo>> FindQueuesAsync(
        IReadOnlyList<string> names, CancellationToken cancellation, bool withHistory = false)
    {
        ArgumentNullException.ThrowIfNull(names);
        ShortString?[] keys = [.. names.Select(BrokerView.ToShortString)];
        var found = new List<QueueInfo>(keys.Length);
        int next = 0;
        await new LaneRead(host =>
        {
            for (int left = DestinationWalk<MessageQueue>.VisitsPerTurn; left > 0 && next < keys.Length; left--)
            {
                if (keys[next++] is { } key && host.FindQueue(key) is { } queue)
                {
                    found.Add(Capture.Of(queue, Name, withHistory));
                }
            }

            return next < keys.Length;
        }).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        return found;
    }

    /// <summary>The bindings from an exchange (empty: the default exchange), by destination and key; none if there is no such exchange.</summary>
    public async Task<IReadOnlyList<BindingInfo>> ListBindingsFromAsync(string exchange, CancellationToken cancellation)
    {
        if (exchange is null or "")
        {
            return [.. (await ListQueueNamesAsync(cancellation).ConfigureAwait(false)).Select(queue => Capture.DefaultBinding(queue, Name))];
        }

        var found = new Collection<object, BindingInfo>();
        if (BrokerView.ToShortString(exchange) is { } key)
        {
            var walk = new PlaceWalk(binding => found.Add(binding, Capture.Of(binding, Name)));
            await new LaneRead(host => host.FindExchange(key) is { } source && walk.Continue(source.BindingPlaces), found.TakePart)
                .RunAsync(_runtime, cancellation).ConfigureAwait(false);
        }

        return found.Sorted(Compare);
    }

    /// <summary>The bindings to a queue or an exchange, by source and key; none if there is no such thing.</summary>
    public async Task<IReadOnlyList<BindingInfo>> ListBindingsToAsync(string destination, bool isExchange, CancellationToken cancellation)
    {
        var found = new Collection<object, BindingInfo>();
        if (BrokerView.ToShortString(destination) is { } key)
        {
            var walk = new PlaceWalk(binding => found.Add(binding, Capture.Of(binding, Name)));
            await new LaneRead(
                host =>
                {
                    Destination? to = isExchange ? host.FindExchange(key) : host.FindQueue(key);
                    if (to is MessageQueue queue)
                    {
                        found.Add(queue, Capture.DefaultBinding(destination, Name));
                    }

                    return to is not null && walk.Continue(to.BindingToPlaces);
                },
                found.TakePart).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        }

        return found.Sorted(Compare);
    }

    /// <summary>All exchanges, by name.</summary>
    public async Task<IReadOnlyList<ExchangeInfo>> ListExchangesAsync(CancellationToken cancellation)
    {
        var found = new Collection<Exchange, ExchangeInfo>();
        VirtualHost host = _runtime.Host;
        var walk = new DestinationWalk<Exchange>(exchange => found.Add(exchange, Capture.Of(exchange, host, Name)));
        await new LaneRead(_ => walk.Continue(host.ExchangeRegistry), found.TakePart).RunAsync(_runtime, cancellation).ConfigureAwait(false);
        return found.Sorted(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
    }

    /// <summary>All bindings by source, destination and key; those of the default exchange, one for each queue, are among them.</summary>
    public async Task<IReadOnlyList<BindingInfo>> ListBindingsAsync(CancellationToken cancellation)
    {
        var found = new Collection<object, BindingInfo>();
        var queues = new DestinationWalk<MessageQueue>(queue => found.Add(queue, Capture.DefaultBinding(Capture.Text(queue.Name), Name)));
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
