using AmqpBroker.Core.Statistics;

namespace AmqpBroker.Server.Connections;

/// <summary>What all connections of a virtual host received and sent, sample by sample, and how many came and went. Any thread.</summary>
internal sealed class TrafficTotals
{
    /// <summary>Ten minutes.</summary>
    private const int KeptSamples = 121;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Totals> _hosts = new(StringComparer.Ordinal);

    /// <summary>The last tick at which samples were taken; 0: at none.</summary>
    public long Tick { get; private set; }

    /// <summary>From one tick to the next, in milliseconds.</summary>
    public double IntervalMs { get; private set; } = 1;

    /// <summary>A connection was opened on a virtual host.</summary>
    public void Opened(string virtualHost)
    {
        lock (_gate)
        {
            Find(virtualHost).Now[TrafficFigures.Opened]++;
        }
    }

    /// <summary>A connection of a virtual host has ended.</summary>
    public void Closed(Connection connection, string virtualHost)
    {
        Span<long> sinceLast = stackalloc long[TrafficFigures.Width];
        lock (_gate)
        {
            connection.SampleTraffic(tick: null, sinceLast);
            long[] now = Find(virtualHost).Now;
            now[TrafficFigures.Closed]++;
            Add(now, sinceLast);
        }
    }

    /// <summary>Takes a sample of all connections.</summary>
    public void Sample(IEnumerable<Connection> connections, long tick, double intervalMs)
    {
        Span<long> sinceLast = stackalloc long[TrafficFigures.Width];
        lock (_gate)
        {
            foreach (Connection connection in connections)
            {
                if (connection.VirtualHostName is { } host)
                {
                    connection.SampleTraffic(tick, sinceLast);
                    Add(Find(host).Now, sinceLast);
                }
            }

            foreach (Totals totals in _hosts.Values)
            {
                if (totals.History.Count == 0)
                {
                    totals.History.Append(tick - 1, new long[TrafficFigures.TotalWidth]);
                }

                totals.History.Append(tick, totals.Now);
            }

            (Tick, IntervalMs) = (tick, intervalMs);
        }
    }

    /// <summary>The figures of a virtual host.</summary>
    public Reading Read(string virtualHost)
    {
        lock (_gate)
        {
            return _hosts.TryGetValue(virtualHost, out Totals? totals)
                ? new Reading([.. totals.Now], totals.History.Copy(KeptSamples), Tick, IntervalMs)
                : new Reading(new long[TrafficFigures.TotalWidth], [], Tick, IntervalMs);
        }
    }

    /// <summary>The virtual host is gone: nothing of it is kept.</summary>
    public void Forget(Func<string, bool> exists)
    {
        lock (_gate)
        {
            foreach (string gone in _hosts.Keys.Where(host => !exists(host)).ToArray())
            {
                _hosts.Remove(gone);
            }
        }
    }

    private static void Add(long[] totals, ReadOnlySpan<long> more)
    {
        for (int i = 0; i < more.Length; i++)
        {
            totals[i] += more[i];
        }
    }

    private Totals Find(string virtualHost)
    {
        if (!_hosts.TryGetValue(virtualHost, out Totals? totals))
        {
            _hosts.Add(virtualHost, totals = new Totals(new long[TrafficFigures.TotalWidth], new History(TrafficFigures.TotalWidth, KeptSamples)));
        }

        return totals;
    }

    private sealed record Totals(long[] Now, History History);
}
