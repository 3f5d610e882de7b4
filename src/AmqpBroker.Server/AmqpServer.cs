using System.Collections.Concurrent;
using System.Net;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Alarms;
using AmqpBroker.Server.Connections;
using AmqpBroker.Server.Timing;
using AmqpBroker.Server.Transports;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Server;

/// <summary>
/// Serves AMQP 0-9-1 clients of one broker: listens, runs their connections, and closes them at the end. Thread-safe.
/// Use: <see cref="Bind"/> (takes the ports, so that a busy one is noticed before anything else is touched),
/// <see cref="Start"/>, <see cref="StopAsync"/>.
/// </summary>
public sealed class AmqpServer : IServerView, IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly ILogger _logger;
    private readonly LogLimiter _limiter = new();
    private readonly DeadlineWheel _wheel = new();
    private readonly ConnectionQuota _quota;
    private readonly List<Listener> _listeners = [];
    private readonly ConcurrentDictionary<Connection, Task> _connections = new();
    private ConnectionServices? _services;
    private ResourceAlarms? _alarms;
    private int _connectionCount;
    private volatile bool _stopping;

    /// <summary>
    /// Clients on top of the limit of connections that are told so, which takes a login: more of them at a time, or of
    /// strangers, are dropped without a word.
    /// </summary>
    internal const int HandshakesBeyondLimit = 1024;

    /// <summary>A server that does nothing yet.</summary>
    public AmqpServer(ServerOptions options, ILogger<AmqpServer> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        _options = options;
        _quota = new ConnectionQuota(options.MaxConnections);
        _logger = logger;
    }

    /// <summary>Where the server listens, with the ports that the system chose.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints => [.. _listeners.Select(l => l.Endpoint)];

    /// <inheritdoc/>
    public IEnumerable<ConnectionInfo> Connections => _connections.Select(static c => c.Key.Describe()).OfType<ConnectionInfo>();

    /// <inheritdoc/>
    public AlarmReport Alarms => Started.Report;

    /// <summary>Connections at present.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>Takes all addresses; clients that connect already wait until <see cref="Start"/>.</summary>
    /// <exception cref="IOException">An address cannot be had; none is held.</exception>
    public void Bind()
    {
        try
        {
            foreach (IPEndPoint address in _options.Listen)
            {
                _listeners.Add(new Listener(address, _options.ListenBacklog));
            }
        }
        catch
        {
            _listeners.ForEach(l => l.Dispose());
            _listeners.Clear();
            throw;
        }
    }

    /// <summary>Begins to serve.</summary>
    /// <param name="broker">What is served.</param>
    /// <param name="gauge">Measures the memory and the disk space that publishers depend on.</param>
    public void Start(Broker broker, IResourceGauge gauge)
    {
        ArgumentNullException.ThrowIfNull(broker);
        _alarms = new ResourceAlarms(gauge, _options.MemoryLimit, _options.DiskFreeLimitBytes, TimeProvider.System, _logger);
        _services = new ConnectionServices(broker, _options, _wheel, ServerProperties.Build(_options), _alarms, _quota, _logger, _limiter);
        _alarms.Start();
        DescriptorRoom room = DescriptorRoom.OfProcess();
        foreach (Listener listener in _listeners)
        {
            listener.Start(Accept, room, _logger);
        }
    }

    /// <summary>
    /// Stops accepting, says connection.close 320 to all clients, waits a bounded time for their answers and drops the rest.
    /// When it completes, no connection will give the core anything more to do.
    /// </summary>
    public async Task StopAsync()
    {
        _stopping = true;
        foreach (Listener listener in _listeners)
        {
            await listener.StopAsync().ConfigureAwait(false);
        }

        if (!_connections.IsEmpty)
        {
            ServerLog.ShuttingDown(_logger, _connections.Count);
            foreach (Connection connection in _connections.Keys)
            {
                connection.CloseByServer("broker forced connection closure with reason 'shutdown'");
            }

            Task all = Task.WhenAll(_connections.Values);
            // waits because clients may never answer: as long as all of them take, and no longer than the limit
            await Task.WhenAny(all, Task.Delay(_options.ShutdownTimeoutMs)).ConfigureAwait(false);
            if (!_connections.IsEmpty)
            {
                ServerLog.ShutdownForced(_logger, _connections.Count);
                foreach (Connection connection in _connections.Keys)
                {
                    connection.Abort("shutdown");
                }

                // waits because each still gives its session back to the core; the limit is for a fault of ours
                await Task.WhenAny(Task.WhenAll(_connections.Values), Task.Delay(_options.CloseTimeoutMs)).ConfigureAwait(false);
            }
        }

        _alarms?.Dispose();
        _wheel.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_stopping)
        {
            await StopAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public (int Connections, int Channels) Count()
    {
        int connections = 0;
        int channels = 0;
        foreach ((Connection connection, _) in _connections)
        {
            if (connection.WasOpened)
            {
                connections++;
                channels += connection.ChannelCount;
            }
        }

        return (connections, channels);
    }

    /// <inheritdoc/>
    public bool CloseConnection(string name, string reason)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(reason);
        Connection? found = _connections.Keys.FirstOrDefault(c => c.WasOpened && c.Name == name);
        found?.CloseByServer(reason);
        return found is not null;
    }

    /// <inheritdoc/>
    public void SampleTraffic(long tick, int intervalMs)
    {
        TrafficTotals traffic = StartedServices.Traffic;
        traffic.Forget(name => StartedServices.Broker.FindVirtualHost(ShortString.FromString(name)) is not null);
        traffic.Sample(_connections.Keys, tick, intervalMs);
    }

    /// <inheritdoc/>
    public Reading Traffic(string virtualHost) => StartedServices.Traffic.Read(virtualHost);

    /// <inheritdoc/>
    public bool TrySetLimits(string? memory, string? diskFree)
    {
        MemoryLimit? newMemory = memory is null ? null : MemoryLimit.TryParse(memory);
        long? newDisk = diskFree is null ? null : ByteSize.TryParse(diskFree);
        if ((memory is not null && newMemory is null) || (diskFree is not null && newDisk is null))
        {
            return false;
        }

        if (newMemory is { } limit)
        {
            Started.SetMemoryLimit(limit);
        }

        if (newDisk is { } bytes)
        {
            Started.SetDiskFreeLimit(bytes);
        }

        return true;
    }

    private ConnectionServices StartedServices => _services ?? throw new InvalidOperationException("The server has not started.");

    private ResourceAlarms Started => _alarms ?? throw new InvalidOperationException("The server has not started.");

    /// <summary>Runs a connection that somebody accepted; completes when it is over.</summary>
    internal Task Accept(Transport transport)
    {
        if (Interlocked.Increment(ref _connectionCount) > _options.MaxConnections + HandshakesBeyondLimit || _stopping)
        {
            Interlocked.Decrement(ref _connectionCount);
            if (!_stopping)
            {
                ServerLog.TooManyConnections(_limiter, _logger, transport.RemoteEndPoint, _options.MaxConnections);
            }

            transport.Abort();
            return Task.CompletedTask;
        }

        var connection = new Connection(transport, _services!);
        ServerLog.Accepted(_logger, connection.Name);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[connection] = started.Task;
        // The first read may complete at once: not on the thread that accepts.
        ThreadPool.UnsafeQueueUserWorkItem(
            static state => _ = state.Server.RunAsync(state.Connection, state.Started), (Server: this, Connection: connection, Started: started), preferLocal: false);
        return started.Task;
    }

    private async Task RunAsync(Connection connection, TaskCompletionSource ended)
    {
        await connection.RunAsync().ConfigureAwait(false);
        Interlocked.Decrement(ref _connectionCount);
        _connections.TryRemove(connection, out _);
        ended.SetResult();
    }
}
