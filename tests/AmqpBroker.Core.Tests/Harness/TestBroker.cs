using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;
using Xunit;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>A virtual host on a journal in memory, with a clock that moves when the test says so.</summary>
internal sealed class TestBroker : IDisposable
{
    private readonly List<Exception> _faults = [];

    /// <param name="stepped">Nothing becomes durable until <see cref="Sync"/>.</param>
    internal TestBroker(bool stepped = false)
    {
        Journal = new MemoryJournal(stepped);
        Host = new VirtualHost(ShortString.FromString("/"), new Random(1).NextBytes);
        Host.Attach(Journal);
        Runtime = new VirtualHostRuntime(Host, Journal, Clock, _faults.Add);
    }

    internal ManualClock Clock { get; } = new();

    internal MemoryJournal Journal { get; }

    internal VirtualHost Host { get; }

    internal VirtualHostRuntime Runtime { get; }

    internal TestClient Connect(string user = "guest", bool takesConsumerCancel = true) => new(
        Runtime,
        new SessionIdentity
        {
            User = new User { Name = ShortString.FromString(user) },
            ConnectionName = "test",
            TakesConsumerCancel = takesConsumerCancel,
        });

    /// <summary>What was written so far becomes durable.</summary>
    internal void Sync()
    {
        while (Journal.RunOneGroup())
        {
        }
    }

    public void Dispose()
    {
        Runtime.Dispose();
        Assert.Empty(_faults);
    }
}
