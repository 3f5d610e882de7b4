using System.Collections.Concurrent;
using System.Net;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Server.Alarms;
using AmqpBroker.Server.Connections;
using AmqpBroker.Server.Timing;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Server.Tests.Support;

/// <summary>A broker in memory, and connections to it whose time the test moves.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly ConnectionServices _services;
    private readonly ConcurrentBag<Exception> _failures = [];
    private long _nowMs = 1_000_000;

    public TestServer(ServerOptions? options = null, IJournalFactory? journals = null)
    {
        Options = options ?? new ServerOptions();
        Broker = Broker.Open(new BrokerOptions(), journals ?? new MemoryJournals(), TimeProvider.System, _failures.Add);
        Wheel = new DeadlineWheel(() => Volatile.Read(ref _nowMs));
        Alarms = new ResourceAlarms(Gauge, MemoryLimit.OfBytes(1000), 1000, TimeProvider.System, Log);
        _services = new ConnectionServices(
            Broker, Options, Wheel, ServerProperties.Build(Options), Alarms, new ConnectionQuota(Options.MaxConnections), Log, new LogLimiter());
    }

    public ServerOptions Options { get; }

    public Broker Broker { get; }

    public DeadlineWheel Wheel { get; }

    /// <summary>Why the broker cannot go on; the test takes out what it expects.</summary>
    public ConcurrentBag<Exception> Failures => _failures;

    public TestLog Log { get; } = new();

    public TestGauge Gauge { get; } = new();

    /// <summary>Look when the test says so.</summary>
    public ResourceAlarms Alarms { get; }

    /// <summary>A client that is connected and has said nothing.</summary>
    public TestClient Connect(IPAddress? peer = null, int toClientCapacity = 1 << 20) => Connect(out _, peer, toClientCapacity);

    /// <summary>The same, with the server's end of it.</summary>
    public TestClient Connect(out MemoryTransport transport, IPAddress? peer = null, int toClientCapacity = 1 << 20)
    {
        var toServer = new ByteQueue();
        var toClient = new ByteQueue(toClientCapacity);
        transport = new MemoryTransport(toServer, toClient, peer);
        var connection = new Connection(transport, _services);
        return new TestClient(connection, Task.Run(connection.RunAsync), toServer, toClient);
    }

    /// <summary>A client with an open connection.</summary>
    public async Task<TestClient> OpenAsync(uint frameMax = 131072, ushort heartbeat = 0, ushort channelMax = 2047)
    {
        TestClient client = Connect();
        await client.OpenAsync(frameMax: frameMax, heartbeat: heartbeat, channelMax: channelMax);
        return client;
    }

    /// <summary>A client with an open connection and the channel 1.</summary>
    public async Task<TestClient> OpenChannelAsync(uint frameMax = 131072)
    {
        TestClient client = await OpenAsync(frameMax);
        await client.OpenChannelAsync(1);
        return client;
    }

    /// <summary>Lets memory or disk space run short, or be enough again.</summary>
    public void Raise(Shortages shortages)
    {
        Gauge.MemoryUsed = shortages.HasFlag(Shortages.Memory) ? 1001 : 1000;
        Gauge.DiskFree = shortages.HasFlag(Shortages.Disk) ? 999 : 1000;
        Alarms.Look();
        Assert.Equal(shortages, Alarms.Active);
    }

    /// <summary>Lets time pass, tick by tick.</summary>
    public void Pass(long milliseconds)
    {
        for (long passed = 0; passed < milliseconds; passed += DeadlineWheel.TickMs)
        {
            Volatile.Write(ref _nowMs, _nowMs + DeadlineWheel.TickMs);
            Wheel.Advance();
        }
    }

    public void Dispose()
    {
        Alarms.Dispose();
        Broker.Dispose();
        Wheel.Dispose();
        Assert.Empty(_failures);
    }
}

/// <summary>What was logged, to look at.</summary>
internal sealed class TestLog : ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentDictionary<TaskCompletionSource<string>, string> _awaited = new();

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>The first line that has this in it, said already or still to come.</summary>
    public Task<string> AwaitAsync(string part)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited[found] = part;
        foreach (string line in _lines)
        {
            Tell(line);
        }

        return found.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string line = $"{logLevel}: {formatter(state, exception)}{exception}";
        _lines.Enqueue(line);
        Tell(line);
    }

    private void Tell(string line)
    {
        foreach ((TaskCompletionSource<string> found, string part) in _awaited)
        {
            if (line.Contains(part, StringComparison.Ordinal))
            {
                found.TrySetResult(line);
            }
        }
    }
}
